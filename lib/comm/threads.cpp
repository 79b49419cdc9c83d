#include "tutti/comm/threads.h"

#include <exception>
#include <mutex>
#include <thread>

#include "comm/environment.h"
#include "comm/node/node_transport.h"
#include "comm/posts.h"
#include "comm/threads_transport.h"

namespace tutti {
namespace {

// What the body threw, or null.
std::exception_ptr error_of(const std::function<void(Communicator&)>& body,
                            const std::shared_ptr<PollingTransport>& wires) {
  try {
    {
      Communicator communicator(std::make_shared<NodeTransport>(wires));
      communicator.compare_lines(is_strict());
      body(communicator);
    }
    if (const std::string noted = wires->noted(); !noted.empty()) raise(noted);
    return nullptr;
  } catch (...) {
    return std::current_exception();
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
      const std::exception_ptr error = error_of(body, transport);
      const Post post = post_of(error, transport->rank());
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
