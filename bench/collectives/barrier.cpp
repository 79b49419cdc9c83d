// barrier, for the bench.
#include "tutti/comm/barrier.h"

#include <atomic>

#include "collectives/rows.h"
#include "comm/node/node.h"
#include "tutti/comm/symmetric.h"

namespace tutti::bench {
namespace {

using Round = std::atomic<std::uint64_t>;

// Every rank counts its rounds where the others of its node see them: behind a barrier nobody may
// find a rank that has not come.
std::uint64_t too_early(Communicator& world, const Work& call) {
  Buffer counters = symmetric_buffer(world, sizeof(Round));
  NodeMemory* node = world.transport().node();
  const SymmetricPlace place =
      node ? node->place(counters.data(), counters.bytes()) : SymmetricPlace{};
  if (!place.area) return 0;
  const auto round_of = [&](int member) -> Round& {
    return *reinterpret_cast<Round*>(place.at(member));
  };
  std::uint64_t early = 0;
  for (std::uint64_t round = 1; round <= 200; ++round) {
    round_of(node->me()).store(round, std::memory_order_relaxed);
    call();
    for (int member = 0; member < node->members(); ++member)
      if (round_of(member).load(std::memory_order_relaxed) < round) ++early;
  }
  tutti::barrier(world);  // nobody's counter goes before all have looked
  return early;
}

}  // namespace

const Collective barrier{
    .name = "barrier",
    .about = "no rank goes on before all have come",
    .sized = false,
    .in_place = false,
    .result = [](const Case&, int) -> Result { return {}; },
    .bus_factor = [](int) { return 0.0; },
    .ours = [](Communicator& world, const Call&) { tutti::barrier(world); },
    .mpi = [](const MpiPeer& peer,
              const Call&) { check_mpi(MPI_Barrier(peer.ranks()), "MPI_Barrier"); },
    .check = too_early,
};

}  // namespace tutti::bench
