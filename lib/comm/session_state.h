// One life of the ranks of an MPI communicator: they begin, make calls, and end.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "comm/mpi_world.h"
#include "tutti/comm/communicator.h"
#include "tutti/mpi.h"

namespace tutti {

class Session::State {
 public:
  /// Collective.
  State(MPI_Comm ranks, bool divides_cores);

  MpiWorld& world() { return *world_; }
  Communicator& communicator();

  /// Makes the communicator, calls `body` with it, and lets it go. How this rank has ended; `error`
  /// is what left the body.
  Post run(const std::function<void(Communicator&)>& body, std::exception_ptr& error);
  /// Lets the communicator go.
  Post end();
  /// Tells the others how this rank has ended, and waits until all have, or, where one has failed,
  /// a moment. Whether all are known to have ended. Error that names who has not when `limit` has
  /// passed.
  bool meet(const Post& end, std::optional<std::chrono::milliseconds> limit = {});
  /// Where all ranks have ended well: frees what was made. What was left behind; empty for nothing.
  std::string close();

 private:
  void leave(bool failed);
  Post end_with(const std::exception_ptr& error);

  std::shared_ptr<MpiWorld> world_;
  std::optional<Communicator> communicator_;
};

/// Initialises MPI with MPI_THREAD_MULTIPLE unless that has been done; returns whether it did.
/// Error of `who` after MPI_Finalize.
bool initialise_mpi(std::string_view who, int* argc, char*** argv);

}  // namespace tutti
