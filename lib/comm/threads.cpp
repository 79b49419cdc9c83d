#include "tutti/comm/threads.h"

#include <exception>
#include <mutex>
#include <thread>

#include "comm/node/node_transport.h"
#include "comm/threads_transport.h"

namespace tutti {
namespace {

// Calls `body`; returns how it ended, and the exception if it threw.
std::pair<Post, std::exception_ptr> end_of(const std::function<void(Communicator&)>& body,
                                           std::shared_ptr<PollingTransport> wires) {
  const int rank = wires->rank();
  try {
    Communicator communicator(std::make_shared<NodeTransport>(std::move(wires)));
    body(communicator);
    return {{Post::Kind::finished, rank, {}}, nullptr};
  } catch (const PeerFailed& e) {
    return {{Post::Kind::failed, e.origin(), e.reason()}, std::current_exception()};
  } catch (const std::exception& e) {
    return {{Post::Kind::failed, rank, e.what()}, std::current_exception()};
  } catch (...) {
    return {{Post::Kind::failed, rank, "an exception of unknown type"}, std::current_exception()};
  }
}

}  // namespace

void run_threads(int ranks, const std::function<void(Communicator&)>& body) {
  run_threads(ranks, ranks, body);
}

void run_threads(int ranks, int per_node, const std::function<void(Communicator&)>& body) {
  if (ranks < 1 || per_node < 1)
    raise("run_threads: found ", ranks, " ranks, ", per_node, " per node, expected 1 or more");
  std::mutex mutex;
  std::exception_ptr first;
  bool first_is_own = false;
  std::vector<std::thread> threads;
  for (auto& transport : make_threads_transports(ranks, per_node))
    threads.emplace_back([&, transport] {
      auto [post, error] = end_of(body, transport);
      if (error) {
        std::lock_guard lock(mutex);
        bool own = post.origin == transport->rank();
        if (!first || (own && !first_is_own)) first = error, first_is_own = own;
      }
      transport->post(post);
    });
  for (std::thread& thread : threads) thread.join();
  if (first) std::rethrow_exception(first);
}

}  // namespace tutti
