// The outermost frame of a program whose ranks are MPI processes.
#pragma once

#include <functional>

#include "tutti/comm/communicator.h"

namespace tutti {

/// Collective over MPI_COMM_WORLD: calls `body` with the communicator of all ranks and returns the
/// program's exit code: 0 when all ranks returned and nothing was found to be left behind, else 1.
/// Initialises and finalises MPI unless the caller has initialised it: a program that owns MPI has
/// Session (tutti/mpi.h), too. Divides the cores of a node among its ranks by set_thread_count()
/// unless OMP_NUM_THREADS is set. Waits until all ranks have ended.
///
/// An exception that leaves `body` is posted to all ranks, whose waits then throw PeerFailed. Every
/// rank prints one message on stderr; an error that all ranks share is printed once. When some rank
/// has not ended half a second after a failure, the job is ended by MPI_Abort.
int run(int argc, char** argv, const std::function<void(Communicator&)>& body);

}  // namespace tutti
