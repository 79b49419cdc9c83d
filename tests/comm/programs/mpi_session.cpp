// A program that owns MPI: even ranks train in a Session, odd ones compute something else with MPI.
//   mpi_session LEVEL HOW     LEVEL: none, single, funneled, serialized, multiple, never
#include <cstdio>
#include <string>
#include <thread>

#include "tutti/comm/all_reduce.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/run.h"
#include "tutti/mpi.h"
#include "tutti/nn/linear.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;

namespace {

void train(Communicator& world) {
  nn::Linear model(8, 4);
  model.initialise(1);
  parallel::DataParallel parallel_model(world, model);
  optim::Sgd sgd(model.parameters(), {.lr = 0.1});
  for (int step = 0; step < 5; ++step) {
    mean(parallel_model(Tensor::full({4, 8}, 1 + world.rank()))).backward();
    sgd.step();
    sgd.zero_grad();
  }
  parallel::agreed_digest(world, model);
}

// What the application does on its own communicator.
void compute(MPI_Comm ranks) {
  int size = 0, sum = 0, one = 1;
  MPI_Comm_size(ranks, &size);
  for (int i = 0; i < 100; ++i) {
    MPI_Allreduce(&one, &sum, 1, MPI_INT, MPI_SUM, ranks);
    if (sum != size) raise("found ", sum, ", expected ", size);
  }
}

void work(MPI_Comm half, const std::string& how) {
  if (how == "again") {
    for (int i = 0; i < 3; ++i) Session(half).run(train);
  } else if (how == "close") {
    Session session(half);
    train(session.communicator());
    MPI_Comm same = duplicate_mpi(session.communicator());
    compute(same);
    MPI_Comm_free(&same);
    session.close();
  } else if (how == "left") {  // rank 1 does not close
    Session session(half);
    train(session.communicator());
    if (session.communicator().rank() != 1) session.close();
  } else if (how == "roots") {  // though a handle lives on
    Session session(half);
    Communicator world = session.communicator();
    std::vector<float> block(5000, 1);
    broadcast(world, block_of(block.data(), block.size()), world.rank());
    session.close();
  } else if (how == "throw") {
    Session session(half);
    session.run([](Communicator& world) {
      train(world);
      if (world.rank() == 1) raise("a bad batch");
      train(world);
    });
  } else if (how == "large") {  // what is on its way when it fails
    Session session(half);
    session.run([](Communicator& world) {
      std::vector<float> block(8 << 20, 1);
      Work sum = all_reduce_async(world, block_of(block.data(), block.size()), ReduceOp::sum());
      if (world.rank() == 1) raise("a bad batch");
      sum.wait();
      train(world);
    });
  } else {
    Session(half).run(train);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string level = argc > 1 ? argv[1] : "", how = argc > 2 ? argv[2] : "";
  int given = 0;
  if (level == "single") MPI_Init_thread(&argc, &argv, MPI_THREAD_SINGLE, &given);
  if (level == "funneled") MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &given);
  if (level == "serialized") MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &given);
  if (level == "multiple") MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &given);
  if (level == "never") {  // rank 1 does not join
    int rank = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &given);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank != 1) return run(argc, argv, train);
    std::this_thread::sleep_for(std::chrono::minutes(4));
  }
  if (level == "none") {
    Session().run(train);
  } else {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm half;
    MPI_Comm_split(MPI_COMM_WORLD, rank % 2, 0, &half);
    try {
      if (rank % 2 == 0 || how == "beside")
        work(half, how);
      else
        compute(half);
    } catch (const Error& error) {
      std::fprintf(stderr, "caught: %s\n", error.what());
    }
    compute(MPI_COMM_WORLD);  // all are alive, and so is MPI
    MPI_Comm_free(&half);
  }
  std::fprintf(stderr, "ended\n");
  MPI_Finalize();
  return 0;
}
