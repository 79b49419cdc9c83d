// An application that gives the library some of its ranks, by a communicator of its own.
#include <cstdio>

#include "tutti/mpi.h"
#include "tutti/nn/linear.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;

int main(int argc, char** argv) {
  int level = 0, rank = 0, size = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &level);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm trainers;
  MPI_Comm_split(MPI_COMM_WORLD, rank == 0 ? MPI_UNDEFINED : 1, rank, &trainers);
  if (trainers != MPI_COMM_NULL) {
    Session(trainers).run([&](Communicator& world) {
      if (world.rank() != rank - 1 || world.size() != size - 1)
        raise("found rank ", world.rank(), " of ", world.size());
      nn::Linear model(1, 1);
      model.initialise(1);
      parallel::DataParallel parallel_model(world, model);
      mean(parallel_model(Tensor::full({2, 1}, rank))).backward();
      const double found = model.weight().grad().item(), expected = 0.5 * size;
      if (found != expected) raise("found ", found, ", expected ", expected);
      std::puts("trained");
    });
    MPI_Comm_free(&trainers);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
}
