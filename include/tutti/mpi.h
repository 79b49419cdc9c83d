// For an application that owns MPI. This header alone names mpi.h: link tutti::mpi.
#pragma once

#include <mpi.h>

#include <functional>
#include <memory>
#include <source_location>

#include "tutti/comm/communicator.h"

namespace tutti {

struct SessionOptions {
  /// Divides the cores of a node among its ranks by set_thread_count(), as tutti::run() does unless
  /// OMP_NUM_THREADS is set.
  bool divide_cores = false;
};

/// Tutti on the ranks of a communicator that the application owns, at any thread level. Several may
/// follow each other, on disjoint communicators stand beside each other. Where MPI is not
/// initialised it is initialised with MPI_THREAD_MULTIPLE; to finalise it is left to the
/// application.
///
/// Errors are exceptions of the caller: no job is ended, and MPI stays as it is. A rank whose body
/// throws in run() tells the others, whose waits throw PeerFailed with its message; so do those of
/// ranks of a node with one that died. Who leaves without run() or close() is missed when a wait
/// has lasted TUTTI_TIMEOUT seconds. After an error the MPI communicators made here are not freed;
/// messages under way do not keep MPI_Finalize.
///
/// Below MPI_THREAD_MULTIPLE all calls are made by the thread that initialised MPI (at
/// MPI_THREAD_SERIALIZED: while no other calls MPI), and asynchronous calls make progress inside
/// Work::wait() alone. Not for several threads at once.
class Session {
 public:
  /// Collective over `ranks`, blocking; Error where some do not come within TUTTI_TIMEOUT seconds,
  /// and after MPI_Finalize. `ranks` is duplicated. After an Error no other Session is made over
  /// it.
  explicit Session(MPI_Comm ranks = MPI_COMM_WORLD, const SessionOptions& options = {});
  /// Local. Sends nothing.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Valid until run() or close() has returned; so are copies, and what holds one.
  Communicator& communicator();

  /// Collective, once: calls `body`, then close(). What leaves `body` is told to the other ranks
  /// and thrown on.
  void run(const std::function<void(Communicator&)>& body);

  /// Collective, blocking: waits until all ranks have closed, and frees the MPI communicators.
  /// Throws PeerFailed where another rank has failed, Error for calls that ranks did not make
  /// alike, messages that nobody received, and ranks that do not close within TUTTI_TIMEOUT
  /// seconds.
  void close();

  class State;  ///< what run(argc, argv, body) shares

 private:
  void close_with(const Post& end);
  std::unique_ptr<State> state_;
};

/// Collective over the ranks of `communicator`, blocking: an MPI communicator of the same ranks in
/// the same order, for calls of the application's own; to be freed by MPI_Comm_free. Error for a
/// communicator over anything but MPI. The way back is a Session.
MPI_Comm duplicate_mpi(const Communicator& communicator,
                       std::source_location site = std::source_location::current());

}  // namespace tutti
