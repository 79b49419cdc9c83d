#include "same_bits.h"

#include <sys/uio.h>
#include <unistd.h>

#include <mutex>
#include <set>

#include "support/catch.h"
#include "support/quick.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;

namespace {

#if defined(__SANITIZE_THREAD__)
constexpr int runs = 2;  // they take twenty times as long
#else
constexpr int runs = 20;
#endif

// Whether the kernel copies from this process, as it must between the threads of one.
bool process_can_be_reached() {
  int from = 1, to = 0;
  const iovec local{&to, sizeof to}, remote{&from, sizeof from};
  return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == sizeof to && to == 1;
}

// The rows that gave the same bits on `ranks` threads, `per_node` to a node.
std::set<std::string_view> rows_with_same_bits(int ranks, int per_node, int times) {
  std::set<std::string_view> rows;
  std::set<std::string> digests;
  std::mutex mutex;
  run_threads(ranks, per_node, [&](Communicator& c) {
    check_same_bits(c, times, [&](auto names, auto digest) {
      std::lock_guard lock(mutex);
      rows.insert(names.begin(), names.end());
      digests.insert(digest);
    });
  });
  CHECK(digests.size() == 3);
  return rows;
}

}  // namespace

TEST_CASE("every canonical algorithm gives the same bits in every run", "[comm]") {
  const bool allowed = process_can_be_reached();
  for (int ranks : rank_counts({2, 3, 4, 8})) {
    INFO(ranks << " ranks");
    CHECK(rows_with_same_bits(ranks, ranks, runs) == canonical_rows(ranks, ranks, allowed));
  }
}

TEST_CASE("the same bits on several nodes", "[comm]") {
  for (auto [ranks, per_node] :
       {std::pair(4, 2), std::pair(8, 4), std::pair(6, 2), std::pair(6, 3), std::pair(5, 3)}) {
    INFO(ranks << " ranks, " << per_node << " on a node");
    CHECK(rows_with_same_bits(ranks, per_node, 2) == canonical_rows(ranks, per_node, false));
  }
}
