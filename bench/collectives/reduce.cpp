// reduce, for the bench.
#include "tutti/comm/reduce.h"

#include "collectives/rows.h"

namespace tutti::bench {
namespace {

void mpi(const MpiPeer& peer, const Call& call) {
  const bool root = call.rank == call.what.root;
  check_mpi(MPI_Reduce(call.what.in_place && root ? MPI_IN_PLACE : call.in.data, call.out.data,
                       mpi_count(call.in), peer.type(call.in.dtype),
                       peer.op(call.in.dtype, call.what.op), call.what.root, peer.ranks()),
            "MPI_Reduce");
  if (root) peer.divide(call.out, call.what.op);
}

}  // namespace

const Collective reduce{
    .name = "reduce",
    .about = "one rank gets the reduction of all blocks",
    .reduces = true,
    .rooted = true,
    .input = [](const Case& what, int) { return what.count; },
    .result = [](const Case& what, int rank) -> Result {
      if (rank != what.root) return {};
      return {{what.count, Stretch::all, 0}};
    },
    .bus_factor = [](int) { return 1.0; },
    .ours =
        [](Communicator& world, const Call& call) {
          const Block out{call.out.data, call.what.count, call.out.dtype, {}};
          tutti::reduce(world, call.in, out, call.what.op, call.what.root);
        },
    .mpi = mpi,
};

}  // namespace tutti::bench
