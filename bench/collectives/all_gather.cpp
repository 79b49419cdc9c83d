// all_gather, for the bench.
#include "tutti/comm/all_gather.h"

#include "collectives/rows.h"

namespace tutti::bench {

const Collective all_gather{
    .name = "all_gather",
    .about = "every rank gets the shares of all",
    .divided = true,
    .input = [](const Case& what, int) { return what.per_rank(); },
    .result =
        [](const Case& what, int) {
          Result result;
          for (int rank = 0; rank < what.ranks; ++rank)
            result.push_back({what.per_rank(), rank, 0});
          return result;
        },
    .bus_factor = others_share,
    .ours = [](Communicator& world,
               const Call& call) { tutti::all_gather(world, call.in, call.out); },
    .mpi =
        [](const MpiPeer& peer, const Call& call) {
          const MPI_Datatype type = peer.type(call.in.dtype);
          check_mpi(
              MPI_Allgather(call.what.in_place ? MPI_IN_PLACE : call.in.data, mpi_count(call.in),
                            type, call.out.data, mpi_count(call.in), type, peer.ranks()),
              "MPI_Allgather");
        },
};

}  // namespace tutti::bench
