#include <cstdio>
#include <cstdlib>

#include "comm/communicator_state.h"
#include "comm/cores.h"
#include "comm/environment.h"
#include "comm/explain.h"
#include "comm/meet_all.h"
#include "comm/mpi_transport.h"
#include "comm/node/node_transport.h"
#include "comm/patience.h"
#include "comm/probe.h"
#include "comm/session_state.h"
#include "tutti/base/parallel_for.h"
#include "tutti/comm/broadcast.h"

namespace tutti {
namespace {

using namespace std::chrono_literals;

// Rank 0's environment decides, so that ranks agree. What that takes is not numbered among the
// caller's calls: it has a communicator of its own.
void prepare_choice(Communicator& communicator) {
  std::int32_t wishes[] = {forced_algorithm(), explains(), is_strict()};
  if (communicator.size() > 1) {
    Communicator apart(communicator.transport().split(0, communicator.rank()));
    broadcast(apart, block_of(wishes, 3));
    CostModel model = measure_costs(apart);
    model.forced = wishes[0];
    communicator.set_cost_model(model);
  }
  communicator.compare_lines(wishes[2]);
  if (wishes[1] && communicator.rank() == 0) std::fputs(explanation(communicator).c_str(), stderr);
}

}  // namespace

bool initialise_mpi(std::string_view who, int* argc, char*** argv) {
  int initialised = 0, finalised = 0, level;
  MPI_Initialized(&initialised);
  MPI_Finalized(&finalised);
  if (finalised)
    raise(who, ": found MPI finalised, which it can be once a process, expected it before that");
  if (initialised) return false;
  check_mpi(MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &level), "MPI_Init_thread");
  return true;
}

Session::State::State(MPI_Comm ranks, bool divides_cores)
    : world_(std::make_shared<MpiWorld>(ranks)) {
  const std::string warning = warning_of_unknown_variables(environ);
  if (world_->rank() == 0 && !warning.empty())
    std::fputs(("tutti: " + warning + "\n").c_str(), stderr);
  if (divides_cores && !std::getenv("OMP_NUM_THREADS"))
    set_thread_count(cores_of_this_rank(*world_));
}

Communicator& Session::State::communicator() {
  if (!communicator_) {
    communicator_.emplace(std::make_shared<NodeTransport>(std::make_shared<MpiTransport>(world_)));
    prepare_choice(*communicator_);
  }
  return *communicator_;
}

// Handles that the program still has do not keep what was left behind from being looked at.
void Session::State::leave(bool failed) {
  if (!communicator_) return;
  if (NodeMemory* node = communicator_->transport().node()) node->leave(failed);
  communicator_.reset();
}

Post Session::State::end_with(const std::exception_ptr& error) {
  leave(true);
  return post_of(error, world_->rank());
}

Post Session::State::end() {
  leave(false);
  const std::string noted = world_->noted();
  if (noted.empty()) return post_of(nullptr, world_->rank());
  try {
    // The failure of another rank may be why, and on its way.
    wait_at_most(50ms, [&] { return world_->poll() > 0 && world_->posts().any_failed(); });
    world_->posts().check_others();
    raise(noted);
  } catch (...) {
    return post_of(std::current_exception(), world_->rank());
  }
}

Post Session::State::run(const std::function<void(Communicator&)>& body,
                         std::exception_ptr& error) {
  try {
    body(communicator());
    return end();
  } catch (...) {
    error = std::current_exception();
    return end_with(error);
  }
}

bool Session::State::meet(const Post& end, std::optional<std::chrono::milliseconds> limit) {
  world_->post(end);
  auto met = [&] { return world_->poll() == world_->size() && world_->posted(); };
  if (end.kind == Post::Kind::failed) return wait_at_most(500ms, met);
  // The others may still compute for as long as they like, unless one of them has failed.
  auto settled = [&] { return met() || world_->posts().any_failed(); };
  while (!wait_at_most(limit.value_or(1h), settled)) {
    if (!limit) continue;
    std::string missing;
    for (int rank = 0; rank < world_->size(); ++rank)
      if (!world_->posts().of(rank)) missing += text(missing.empty() ? "rank " : ", ", rank);
    raise("rank ", world_->rank(), " of ", world_->size(), ": close() has waited for ",
          std::chrono::duration<double>(*limit).count(), " s (TUTTI_TIMEOUT) for ", missing,
          "; all ranks of a Session must close it");
  }
  return wait_at_most(500ms, met);
}

std::string Session::State::close() {
  const std::string unclaimed = world_->unclaimed();
  world_->close();
  return unclaimed;
}

Session::Session(MPI_Comm ranks, const SessionOptions& options) {
  initialise_mpi("Session", nullptr, nullptr);
  state_ = std::make_unique<State>(ranks, options.divide_cores);
  try {
    state_->communicator();
  } catch (...) {
    state_->meet(post_of(std::current_exception(), state_->world().rank()));
    throw;
  }
}

Session::~Session() = default;

Communicator& Session::communicator() {
  if (!state_) raise("Session::communicator: found the session closed, expected it before");
  return state_->communicator();
}

void Session::run(const std::function<void(Communicator&)>& body) {
  communicator();
  std::exception_ptr error;
  const Post end = state_->run(body, error);
  if (!error) return close_with(end);
  state_->meet(end);
  state_.reset();
  std::rethrow_exception(error);
}

void Session::close() {
  communicator();
  close_with(state_->end());
}

void Session::close_with(const Post& end) {
  const std::unique_ptr<State> state = std::move(state_);
  state->meet(end, wait_limit());
  state->world().posts().check_others();
  if (end.kind == Post::Kind::failed) raise(end.message);
  if (const std::string unclaimed = state->close(); !unclaimed.empty()) raise(unclaimed);
}

MPI_Comm duplicate_mpi(const Communicator& communicator, std::source_location site) {
  const auto* node = dynamic_cast<const NodeTransport*>(&communicator.transport());
  auto* wires = node ? dynamic_cast<MpiTransport*>(&node->wires()) : nullptr;
  if (!wires)
    raise("duplicate_mpi: found a communicator over ", communicator.transport().name(),
          ", expected one over MPI");
  CallRecord call{.collective = Collective::split, .site = site};
  Communicator::State& state = communicator.state();
  state.number(call);
  MPI_Comm made = MPI_COMM_NULL;
  state.queue.run([&] {
    state.enter(call);
    meet_all(communicator.transport());
    made = wires->duplicate();
    state.leave();
  });
  return made;
}

}  // namespace tutti
