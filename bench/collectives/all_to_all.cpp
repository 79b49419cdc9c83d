// all_to_all, for the bench.
#include "tutti/comm/all_to_all.h"

#include "collectives/rows.h"

namespace tutti::bench {
namespace {

void mpi(const MpiPeer& peer, const Call& call) {
  const MPI_Datatype type = peer.type(call.in.dtype);
  Block part = call.in;
  part.count = call.what.per_rank();
  check_mpi(MPI_Alltoall(call.what.in_place ? MPI_IN_PLACE : call.in.data, mpi_count(part), type,
                         call.out.data, mpi_count(part), type, peer.ranks()),
            "MPI_Alltoall");
}

}  // namespace

const Collective all_to_all{
    .name = "all_to_all",
    .about = "every rank gets a part of every block",
    .divided = true,
    .result =
        [](const Case& what, int rank) {
          Result result;
          for (int from = 0; from < what.ranks; ++from)
            result.push_back(
                {what.per_rank(), from, what.per_rank() * static_cast<std::size_t>(rank)});
          return result;
        },
    .bus_factor = others_share,
    .ours = [](Communicator& world,
               const Call& call) { tutti::all_to_all(world, call.in, call.out); },
    .mpi = mpi,
};

}  // namespace tutti::bench
