#include <exception>

#include "comm/posts.h"
#include "comm/simulated/transport.h"
#include "tutti/comm/simulated.h"

namespace tutti {
namespace {

// What the body threw, or null.
std::exception_ptr error_of(const std::function<void(Communicator&)>& body,
                            const std::shared_ptr<SimulatedWorld>& world, int rank) {
  try {
    Communicator communicator(
        std::make_shared<SimulatedTransport>(world, SimulatedPlace{world->group(), rank}),
        world->device());
    body(communicator);
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace

Simulated run_simulated(const Topology& topology, int ranks,
                        const std::function<void(Communicator&)>& body, Payload payload) {
  auto world = std::make_shared<SimulatedWorld>(topology, ranks, payload);
  std::exception_ptr first;
  bool first_is_own = false;
  world->run([&](int rank) {
    const std::exception_ptr error = error_of(body, world, rank);
    const Post post = post_of(error, rank);
    const bool own = post.origin == rank;
    if (error && (!first || (own && !first_is_own))) first = error, first_is_own = own;
    world->post(post);
  });
  if (first) std::rethrow_exception(first);
  return world->outcome();
}

double virtual_seconds(const Communicator& communicator) {
  const auto* transport = dynamic_cast<const SimulatedTransport*>(&communicator.transport());
  if (!transport)
    raise(communicator.label("virtual_seconds"), ": found a communicator over ",
          communicator.transport().name(), ", expected one of run_simulated()");
  return transport->seconds();
}

}  // namespace tutti
