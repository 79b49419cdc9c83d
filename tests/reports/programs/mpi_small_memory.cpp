// Ranks whose system gives them so many bytes of shared memory a file.
//   mpi_small_memory BYTES
#include <mpi.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "tutti/comm/run.h"
#include "tutti/nn/linear.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;

int main(int argc, char** argv) {
  // MPI first: Open MPI makes larger files for itself.
  int level = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &level);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = static_cast<rlim_t>(std::atoll(argv[1]));
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, SIG_IGN);
  const int code = run(argc, argv, [](Communicator& world) {
    nn::Linear model(1000, 1000);
    model.initialise(1);
    parallel::DataParallel parallel_model(world, model);
    sum(mean(parallel_model(Tensor::full({2, 1000}, 1 + world.rank())), {0})).backward();
    const double expected = 0.5 * (1 + world.size());
    for (float found : model.weight().grad().to_vector<float>())
      if (found != static_cast<float>(expected)) raise("found ", found, ", expected ", expected);
    std::puts(world.layout().shared ? "trained, sharing memory" : "trained by messages");
  });
  MPI_Finalize();
  return code;
}
