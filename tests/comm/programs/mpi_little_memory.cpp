// Ranks whose system gives them the memory that communicators share, but no larger symmetric
// memory.
#include <mpi.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <vector>

#include "tutti/comm/all_reduce.h"
#include "tutti/comm/run.h"
#include "tutti/comm/symmetric.h"

using namespace tutti;

int main(int argc, char** argv) {
  // MPI first: Open MPI 5 makes larger files for itself.
  int level = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &level);
  // Of one file: the communicator's memory takes less, the probe's symmetric memory more.
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = 8 << 20;
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, SIG_IGN);
  const int code = run(argc, argv, [](Communicator& world) {
    if (!world.layout().shared) raise("found no shared memory, expected a little");
    if (!world.cost_model().measured()) raise("found no measured costs");
    const std::size_t count = 3 << 20;
    const Buffer buffer = symmetric_buffer(world, count * sizeof(float));
    const Block block{buffer.data(), count, Dtype::f32, {}};
    if (is_symmetric(world, block)) raise("found symmetric memory, expected ordinary");
    auto* data = static_cast<float*>(buffer.data());
    for (std::size_t i = 0; i < count; ++i) data[i] = static_cast<float>(i % 97);
    all_reduce(world, block, ReduceOp::sum());
    for (std::size_t i = 0; i < count; ++i)
      if (data[i] != static_cast<float>(i % 97) * static_cast<float>(world.size()))
        raise("WRONG DATA: found ", data[i], " at ", i);
    if (!is_symmetric(world, {symmetric_buffer(world, 4096).data(), 4096, Dtype::u8, {}}))
      raise("found ordinary memory for 4 KiB");
    std::puts("all right");
  });
  MPI_Finalize();
  return code;
}
