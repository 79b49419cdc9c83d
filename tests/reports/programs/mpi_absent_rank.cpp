// The application's last rank does other work, and the others begin to train without it.
//   mpi_absent_rank session | run
#include <cstdio>
#include <string>

#include "tutti/comm/run.h"
#include "tutti/comm/values.h"
#include "tutti/mpi.h"

using namespace tutti;

int main(int argc, char** argv) {
  int level = 0, rank = 0, size = 0, code = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &level);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  auto train = [](Communicator& world) {
    if (all_reduce(world, 1, ReduceOp::sum()) != world.size()) raise("found another sum");
  };
  if (rank != size - 1 && std::string(argv[1]) == "run") {
    code = run(argc, argv, train);
  } else if (rank != size - 1) {
    try {
      Session().run(train);
    } catch (const Error& error) {
      std::fprintf(stderr, "caught: %s\n", error.what());
    }
  }
  MPI_Finalize();
  return code;
}
