// scatter, for the bench.
#include "tutti/comm/scatter.h"

#include "collectives/rows.h"

namespace tutti::bench {
namespace {

void mpi(const MpiPeer& peer, const Call& call) {
  const MPI_Datatype type = peer.type(call.out.dtype);
  const bool there = call.what.in_place && call.rank == call.what.root;
  check_mpi(
      MPI_Scatter(call.in.data, mpi_count(call.out), type, there ? MPI_IN_PLACE : call.out.data,
                  mpi_count(call.out), type, call.what.root, peer.ranks()),
      "MPI_Scatter");
}

}  // namespace

const Collective scatter{
    .name = "scatter",
    .about = "every rank gets its share of one rank's block",
    .rooted = true,
    .divided = true,
    .input = [](const Case& what,
                int rank) { return rank == what.root ? what.count : std::size_t{0}; },
    .result = [](const Case& what, int rank) -> Result {
      return {{what.per_rank(), what.root, what.per_rank() * static_cast<std::size_t>(rank)}};
    },
    .bus_factor = others_share,
    .ours =
        [](Communicator& world, const Call& call) {
          const Block all{call.in.data, call.what.count, call.in.dtype, {}};
          tutti::scatter(world, all, call.out, call.what.root);
        },
    .mpi = mpi,
};

}  // namespace tutti::bench
