// broadcast, for the bench.
#include "tutti/comm/broadcast.h"

#include "collectives/rows.h"

namespace tutti::bench {

const Collective broadcast{
    .name = "broadcast",
    .about = "every rank gets the block of one",
    .rooted = true,
    .out_of_place = false,
    .result = [](const Case& what, int) -> Result {
      return {{what.count, what.root, 0}};
    },
    .bus_factor = [](int) { return 1.0; },
    .ours = [](Communicator& world,
               const Call& call) { tutti::broadcast(world, call.out, call.what.root); },
    .mpi =
        [](const MpiPeer& peer, const Call& call) {
          check_mpi(MPI_Bcast(call.out.data, mpi_count(call.out), peer.type(call.out.dtype),
                              call.what.root, peer.ranks()),
                    "MPI_Bcast");
        },
};

}  // namespace tutti::bench
