// gather, for the bench.
#include "tutti/comm/gather.h"

#include "collectives/rows.h"

namespace tutti::bench {
namespace {

void mpi(const MpiPeer& peer, const Call& call) {
  const MPI_Datatype type = peer.type(call.in.dtype);
  const bool there = call.what.in_place && call.rank == call.what.root;
  check_mpi(MPI_Gather(there ? MPI_IN_PLACE : call.in.data, mpi_count(call.in), type, call.out.data,
                       mpi_count(call.in), type, call.what.root, peer.ranks()),
            "MPI_Gather");
}

}  // namespace

const Collective gather{
    .name = "gather",
    .about = "one rank gets the shares of all",
    .rooted = true,
    .divided = true,
    .input = [](const Case& what, int) { return what.per_rank(); },
    .result =
        [](const Case& what, int rank) {
          Result result;
          for (int from = 0; rank == what.root && from < what.ranks; ++from)
            result.push_back({what.per_rank(), from, 0});
          return result;
        },
    .bus_factor = others_share,
    .ours =
        [](Communicator& world, const Call& call) {
          const Block all{call.out.data, call.what.count, call.out.dtype, {}};
          tutti::gather(world, call.in, all, call.what.root);
        },
    .mpi = mpi,
};

}  // namespace tutti::bench
