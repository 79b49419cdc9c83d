// reduce_scatter, for the bench.
#include "tutti/comm/reduce_scatter.h"

#include "collectives/rows.h"

namespace tutti::bench {
namespace {

std::size_t begin_of(const Case& what, int rank) {
  return what.per_rank() * static_cast<std::size_t>(rank);
}

// MPI's in-place form leaves the share at the front of the block and destroys the rest.
void mpi(const MpiPeer& peer, const Call& call) {
  Block out = call.out;
  if (call.what.in_place) out.data = call.in.data;
  check_mpi(MPI_Reduce_scatter_block(call.what.in_place ? MPI_IN_PLACE : call.in.data, out.data,
                                     mpi_count(out), peer.type(out.dtype),
                                     peer.op(out.dtype, call.what.op), peer.ranks()),
            "MPI_Reduce_scatter_block");
  peer.divide(out, call.what.op);
}

}  // namespace

const Collective reduce_scatter{
    .name = "reduce_scatter",
    .about = "every rank gets its share of the reduction",
    .reduces = true,
    .divided = true,
    .input = [](const Case& what, int) { return what.count; },
    .result = [](const Case& what, int rank) -> Result {
      return {{what.per_rank(), Stretch::all, begin_of(what, rank)}};
    },
    .bus_factor = others_share,
    .ours = [](Communicator& world,
               const Call& call) { tutti::reduce_scatter(world, call.in, call.out, call.what.op); },
    .mpi = mpi,
    .mpi_result_in_front = true,
};

}  // namespace tutti::bench
