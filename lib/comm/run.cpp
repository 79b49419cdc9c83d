#include "tutti/comm/run.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "comm/cores.h"
#include "comm/environment.h"
#include "comm/explain.h"
#include "comm/mpi_transport.h"
#include "comm/node/node_transport.h"
#include "comm/patience.h"
#include "comm/probe.h"
#include "tutti/base/parallel_for.h"
#include "tutti/comm/broadcast.h"

namespace tutti {
namespace {

using namespace std::chrono_literals;

// MPI's life, where the caller has not taken charge of it.
class MpiSession {
 public:
  MpiSession(int& argc, char**& argv) {
    int initialised = 0, finalised = 0, level;
    MPI_Initialized(&initialised);
    MPI_Finalized(&finalised);
    if (finalised)
      raise(
          "run: found MPI finalised, expected one call a process; to call run again, initialise "
          "MPI before the first");
    if (initialised) return;
    check_mpi(MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &level), "MPI_Init_thread");
    owned_ = true;
  }
  void close() {
    if (owned_) check_mpi(MPI_Finalize(), "MPI_Finalize");
  }

 private:
  bool owned_ = false;
};

// Rank 0's environment decides, so that ranks agree. What that takes is not numbered among the
// caller's calls: it has a communicator of its own.
void prepare_choice(Communicator& communicator) {
  std::int32_t wishes[] = {forced_algorithm(), explains()};
  if (communicator.size() > 1) {
    Communicator apart(communicator.transport().split(0, communicator.rank()));
    broadcast(apart, block_of(wishes, 2));
    CostModel model = measure_costs(apart);
    model.forced = wishes[0];
    communicator.set_cost_model(model);
  }
  if (wishes[1] && communicator.rank() == 0) std::fputs(explanation(communicator).c_str(), stderr);
}

Post end_of(const std::function<void(Communicator&)>& body,
            const std::shared_ptr<MpiWorld>& world) {
  try {
    Communicator communicator(
        std::make_shared<NodeTransport>(std::make_shared<MpiTransport>(world)));
    prepare_choice(communicator);
    body(communicator);
    return post_of(nullptr, world->rank());
  } catch (...) {
    return post_of(std::current_exception(), world->rank());
  }
}

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

// Returns whether all ranks are known to have ended.
bool meet(MpiWorld& world, const Post& end) {
  world.post(end);
  auto met = [&] { return world.poll() == world.size() && world.posted(); };
  if (end.kind == Post::Kind::failed) return wait_at_most(500ms, met);
  // The others may still compute for as long as they like, unless one of them has failed.
  auto settled = [&] { return met() || world.posts().any_failed(); };
  while (!wait_at_most(1h, settled)) continue;
  return wait_at_most(500ms, met);
}

// One rank does it, after a moment in which the others print: mpirun stumbles over several.
void end_job(MpiWorld& world, const Posts& posts) {
  int first = 0;
  while (first < world.rank() && !posts.of(first)) ++first;
  std::this_thread::sleep_for(first == world.rank() ? 100ms : 2000ms);
  MPI_Abort(world.ranks(), 1);
}

int run_in(MpiSession& session, const std::function<void(Communicator&)>& body) {
  auto world = std::make_shared<MpiWorld>(MPI_COMM_WORLD);
  const std::string warning = warning_of_unknown_variables(environ);
  if (world->rank() == 0 && !warning.empty()) print(warning);
  if (!std::getenv("OMP_NUM_THREADS")) set_thread_count(cores_of_this_rank(*world));
  const Post end = end_of(body, world);
  const bool failed = end.kind == Post::Kind::failed, own = end.origin == world->rank();
  // At once where a peer failed: when it died, mpirun ends this process, too, in a second.
  if (failed && !own) report(*world, end);
  const bool all_ended = meet(*world, end);
  if (failed && own) report(*world, end);
  const Posts posts = world->posts();
  if (!all_ended) end_job(*world, posts);
  if (!posts.any_failed()) world->close();
  session.close();
  return posts.any_failed() ? 1 : 0;
}

}  // namespace

int run(int argc, char** argv, const std::function<void(Communicator&)>& body) {
  try {
    MpiSession session(argc, argv);
    return run_in(session, body);
  } catch (const std::exception& e) {
    print(e.what());
    return 1;
  }
}

}  // namespace tutti
