#include "comm/cores.h"

#include <sched.h>

#include <algorithm>

namespace tutti {

int cores_of_this_rank(const MpiWorld& world) {
  cpu_set_t mine;
  CPU_ZERO(&mine);
  if (sched_getaffinity(0, sizeof mine, &mine) != 0) return 1;
  std::vector<cpu_set_t> all(world.positions()[world.rank()].local_size);
  check_mpi(
      MPI_Allgather(&mine, sizeof mine, MPI_BYTE, all.data(), sizeof mine, MPI_BYTE, world.node()),
      "MPI_Allgather");
  double cores = 0;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &mine))
      cores += 1.0 / std::ranges::count_if(all, [&](auto& set) { return CPU_ISSET(core, &set); });
  return std::max(1, static_cast<int>(cores + 1e-6));
}

}  // namespace tutti
