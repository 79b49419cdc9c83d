// A program that owns MPI: run() twice, then MPI is still up.
#include <mpi.h>

#include <cstdio>

#include "tutti/comm/all_reduce.h"
#include "tutti/comm/run.h"

int main(int argc, char** argv) {
  int level = 0, finalised = 0, code = 0;
  // Without threads, asynchronous work runs inside wait().
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
  for (int i = 0; i < 2; ++i)
    code |= tutti::run(argc, argv, [](tutti::Communicator& world) {
      float a = 1, b = 2, c = 3;
      auto sum = tutti::ReduceOp::sum();
      tutti::Work first = all_reduce_async(world, tutti::block_of(&a, 1), sum);
      tutti::Work second = all_reduce_async(world, tutti::block_of(&b, 1), sum);
      if (world.transport().threads_allowed() || first.done()) tutti::raise("threads were used");
      second.wait();
      if (!first.done()) tutti::raise("calls changed places");
      tutti::Work third = all_reduce_async(world, tutti::block_of(&c, 1), sum);
      float d = c;
      all_reduce(world, tutti::block_of(&d, 1), sum);
      if (!third.done()) tutti::raise("a blocking call overtook an asynchronous one");
      float n = static_cast<float>(world.size());
      if (a != n || b != 2 * n || c != 3 * n) tutti::raise("found ", a, " ", b, " ", c);
    });
  MPI_Finalized(&finalised);
  if (!finalised && code == 0) std::puts("MPI is still up");
  MPI_Finalize();
  return code;
}
