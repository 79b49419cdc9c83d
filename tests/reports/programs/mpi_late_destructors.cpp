// All that a training has made is destroyed after MPI_Finalize, at the end of the program.
#include <cstdio>
#include <optional>

#include "tutti/comm/symmetric.h"
#include "tutti/mpi.h"
#include "tutti/nn/linear.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/collectives.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;

namespace {

struct Training {
  explicit Training(Communicator& ranks) : world(ranks), part(ranks.duplicate()) {
    model.initialise(1);
    parallel_model.emplace(world, model);
    sgd.emplace(model.parameters());
    shared = symmetric_buffer(world, 4096);
    mean((*parallel_model)(Tensor::full({2, 4}, 1))).backward();
    sgd->step();
    sums = Tensor::full({1000}, 1);
    all_reduce_async(part, sums, ReduceOp::sum()).wait();
  }
  ~Training() {
    int finalised = 0;
    MPI_Finalized(&finalised);
    if (finalised) std::puts("destroyed late");
  }
  Communicator world, part;
  nn::Linear model{4, 4};
  std::optional<parallel::DataParallel<nn::Linear>> parallel_model;
  std::optional<optim::Sgd> sgd;
  Buffer shared;
  Tensor sums;
};

std::optional<Session> session;
std::optional<Training> training;

}  // namespace

int main(int argc, char** argv) {
  int level = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &level);
  session.emplace();
  training.emplace(session->communicator());
  if (argc > 1) session->close();
  MPI_Finalize();
}
