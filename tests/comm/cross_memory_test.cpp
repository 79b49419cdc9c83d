// Blocks that ranks reach in each other's memory, and a rank that leaves while others would write.
#include "comm/node/cross_memory.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "comm/node/node.h"
#include "support/catch.h"
#include "tutti/comm/threads.h"

using namespace tutti;

namespace {

constexpr std::size_t count = 3000;

std::byte* bytes_of(std::vector<int>& values) {
  return reinterpret_cast<std::byte*>(values.data());
}

// A call of two ranks whose outputs are zero and whose inputs are their ranks plus 1.
struct ReachedCall {
  explicit ReachedCall(Communicator& c)
      : node(*c.transport().node()), in(count, c.rank() + 1), out(count) {
    node.log(record);
    node.enter(record);
  }
  CallRecord record{.sequence = 1, .collective = Collective::all_reduce, .count = count};
  NodeMemory& node;
  std::vector<int> in, out;
};

// Lets others go on: at the latest when its rank leaves, by an error as well.
class Opens {
 public:
  explicit Opens(std::atomic<bool>& gate) : gate_(gate) {}
  ~Opens() { now(); }
  void now() const {
    gate_.store(true);
    gate_.notify_all();
  }

 private:
  std::atomic<bool>& gate_;
};

bool allowed() {
  bool found = false;
  run_threads(2, [&](Communicator& c) {
    if (c.rank() == 0) found = c.layout().cross_memory;
  });
  if (!found) std::puts("skipped: the kernel does not let processes reach each other's memory");
  return found;
}

}  // namespace

TEST_CASE("ranks read and write each other's blocks", "[comm]") {
  if (!allowed()) return;
  run_threads(2, [](Communicator& c) {
    ReachedCall call(c);
    const int other = 1 - c.rank();
    CrossMemory blocks(call.node, call.in.data(), call.out.data());
    call.node.meet();
    std::vector<int> theirs(count);
    const std::size_t from = 1001 * sizeof(int), bytes = 1111 * sizeof(int);
    blocks.fetch(other, from, bytes_of(theirs), bytes);
    blocks.store(other, from, bytes_of(call.in) + from, bytes);
    call.node.meet();
    for (std::size_t i = 0; i < count; ++i) {
      if (theirs[i] != (i < 1111 ? other + 1 : 0)) raise("fetched ", theirs[i], " at ", i);
      const bool reached = i >= 1001 && i < 1001 + 1111;
      if (call.out[i] != (reached ? other + 1 : 0)) raise("stored ", call.out[i], " at ", i);
    }
  });
}

TEST_CASE("memory that is not there is an error", "[comm]") {
  if (!allowed()) return;
  const auto body = [](Communicator& c) {
    ReachedCall call(c);
    CrossMemory blocks(call.node, nullptr, nullptr);
    call.node.meet();
    blocks.fetch(1 - c.rank(), 0, bytes_of(call.out), 8);
  };
  CHECK_THROWS_WITH(run_threads(2, body), Catch::Contains("cannot read the memory"));
}

TEST_CASE("nobody writes to a rank that has withdrawn", "[comm]") {
  if (!allowed()) return;
  setenv("TUTTI_TIMEOUT", "1", 1);
  std::atomic<bool> withdrawn = false, tried = false;
  std::vector<int> left;
  const auto body = [&](Communicator& c) {
    const Opens gate(c.rank() == 1 ? withdrawn : tried);
    ReachedCall call(c);
    CrossMemory blocks(call.node, call.in.data(), call.out.data());
    call.node.meet();
    if (c.rank() == 1) {
      blocks.withdraw();
      gate.now();
      tried.wait(false);
      left = call.out;
    } else {
      withdrawn.wait(false);
      blocks.store(1, 0, bytes_of(call.in), count * sizeof(int));
    }
  };
  CHECK_THROWS_WITH(run_threads(2, body), Catch::Contains("has waited"));
  unsetenv("TUTTI_TIMEOUT");
  CHECK(left == std::vector<int>(count));
}
