#include <atomic>

#include "comm/communicator_state.h"
#include "comm/node/node.h"
#include "reduce_checks.h"
#include "support/catch.h"
#include "support/counting_transport.h"
#include "support/quick.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("reduce and reduce_scatter give the canonical bits", "[comm]") {
  for (int ranks : rank_counts({1, 2, 3, 4, 5, 6, 7, 8, 9}))
    for (const bool crowded : {false, true}) {
      if (!crowded && ranks > 4) continue;  // it spins, which takes long where cores are few
      CHECK_NOTHROW(run_threads(ranks, [&](Communicator& c) {
        c.state().node->set_crowded(crowded);
        check_reductions(c);
      }));
    }
}

TEST_CASE("reductions across nodes give the canonical bits", "[comm]") {
  for (auto [ranks, per_node] : {std::pair{4, 2}, {5, 2}, {3, 1}})
    CHECK_NOTHROW(run_threads(ranks, per_node, [](Communicator& c) { check_reductions(c); }));
}

TEST_CASE("a reduction to any root takes the steps of a tree, or two", "[comm]") {
  for (int ranks : rank_counts({2, 3, 4, 5, 7, 8, 9}))
    for (int root : {0, 1, ranks - 1})
      for (std::size_t count : {std::size_t{100}, std::size_t{100000}}) {
        std::atomic<std::int64_t> steps = 0;
        run_threads(ranks, [&](Communicator& threads) {
          auto counter = std::make_shared<CountingTransport>(threads.shared_transport());
          Communicator c(counter);
          std::vector<float> data(count, 1);
          reduce(c, block_of(data.data(), count), ReduceOp::sum(), root);
          if (c.rank() == root) steps = counter->steps();
        });
        INFO(ranks << " ranks, root " << root << ", count " << count);
        if (count == 100)
          CHECK(steps == std::bit_width(static_cast<unsigned>(ranks - 1)));
        else
          CHECK(steps == (ranks == 2 ? 1 : 2));
      }
}
