// Every rank forks children while it trains: one that runs a program, one that ends as it is.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "tutti/comm/run.h"
#include "tutti/nn/linear.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;

int main(int argc, char** argv) {
  return run(argc, argv, [](Communicator& world) {
    nn::Linear model(4, 4);
    model.initialise(1);
    parallel::DataParallel parallel_model(world, model);
    optim::Sgd sgd(model.parameters());
    for (int step = 0; step < 6; ++step) {
      mean(parallel_model(Tensor::full({2, 4}, 1 + world.rank()))).backward();
      sgd.step();
      sgd.zero_grad();
      if (std::system("true") != 0) raise("found that a program failed");
      const pid_t child = fork();
      if (child == 0) _exit(7);
      int status = 0;
      if (waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7)
        raise("found that a child ended otherwise");
    }
    parallel::agreed_digest(world, model);
    std::puts("trained");
  });
}
