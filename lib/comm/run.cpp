#include "tutti/comm/run.h"

#include <unistd.h>

#include <cstdio>
#include <thread>

#include "comm/session_state.h"

namespace tutti {
namespace {

using namespace std::chrono_literals;

void print(const std::string& message) {
  std::string line = "tutti: " + message + "\n";
  std::fflush(stdout);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void report(MpiWorld& world, const Post& end) {
  const int rank = world.rank(), size = world.size();
  if (size == 1) return print(end.message);
  if (world.posts().all_failed_alike()) {
    if (rank == 0) print(text("all ", size, " ranks: ", without_rank(end.message, 0, size)));
    return;
  }
  const std::string self = text("rank ", rank, " of ", size);
  if (end.origin != rank)
    print(text(self, " stops because rank ", end.origin, " failed: ", end.message));
  else if (end.message.starts_with(self))
    print(end.message);
  else
    print(text(self, ": ", without_rank(end.message, rank, size)));
}

// One rank does it, after a moment in which the others print: mpirun stumbles over several.
void end_job(MpiWorld& world, const Posts& posts) {
  int first = 0;
  while (first < world.rank() && !posts.of(first)) ++first;
  std::this_thread::sleep_for(first == world.rank() ? 100ms : 2000ms);
  MPI_Abort(world.ranks(), 1);
}

int run_in(Session::State& session, const std::function<void(Communicator&)>& body) {
  MpiWorld& world = session.world();
  std::exception_ptr error;
  const Post end = session.run(body, error);
  const bool failed = end.kind == Post::Kind::failed, own = end.origin == world.rank();
  // At once where a peer failed: when it died, mpirun ends this process, too, in a second.
  if (failed && !own) report(world, end);
  const bool all_ended = session.meet(end);
  if (failed && own) report(world, end);
  const Posts posts = world.posts();
  if (!all_ended) end_job(world, posts);
  if (posts.any_failed()) return 1;
  const std::string unclaimed = session.close();
  if (!unclaimed.empty()) print(unclaimed);
  return unclaimed.empty() ? 0 : 1;
}

}  // namespace

int run(int argc, char** argv, const std::function<void(Communicator&)>& body) {
  try {
    const bool owned = initialise_mpi("run", &argc, &argv);
    Session::State session(MPI_COMM_WORLD, true);
    const int code = run_in(session, body);
    if (owned) check_mpi(MPI_Finalize(), "MPI_Finalize");
    return code;
  } catch (const std::exception& e) {
    print(e.what());
    return 1;
  }
}

}  // namespace tutti
