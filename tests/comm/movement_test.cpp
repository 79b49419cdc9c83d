#include <bit>

#include "comm/communicator_state.h"
#include "comm/node/node.h"
#include "movement_check_sets.h"
#include "support/catch.h"
#include "support/counting_transport.h"
#include "support/quick.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("gather, scatter, all_gather, broadcast and all_to_all move every part", "[comm]") {
  for (int ranks : rank_counts({1, 2, 3, 4, 5, 6, 7, 8, 9}))
    for (const bool crowded : {false, true}) {
      if (!crowded && ranks > 4) continue;  // it spins, which takes long where cores are few
      CHECK_NOTHROW(run_threads(ranks, [&](Communicator& c) {
        c.state().node->set_crowded(crowded);
        check_movements(c);
      }));
    }
}

TEST_CASE("the same across nodes", "[comm]") {
  for (auto [ranks, per_node] : {std::pair{4, 2}, {5, 2}, {3, 1}})
    CHECK_NOTHROW(run_threads(ranks, per_node, [](Communicator& c) { check_movements(c); }));
}

namespace {

struct Traffic {
  std::int64_t steps = 0;
  std::size_t bytes = 0;  ///< that rank 0 sent
};

// Of `call` on ranks that count what crosses; the most steps of any.
template <class F>
Traffic traffic(int ranks, F call) {
  std::vector<Traffic> seen(static_cast<std::size_t>(ranks));
  run_threads(ranks, [&](Communicator& threads) {
    auto counter = std::make_shared<CountingTransport>(threads.shared_transport());
    Communicator c(counter);
    call(c);
    seen[std::size_t(c.rank())] = {counter->steps(), counter->bytes_sent()};
  });
  Traffic all = seen[0];
  for (const Traffic& one : seen) all.steps = std::max(all.steps, one.steps);
  return all;
}

}  // namespace

TEST_CASE("movements take the steps and bytes that they promise", "[comm]") {
  for (int ranks : rank_counts({2, 3, 4, 5, 7, 8, 9})) {
    const auto p = static_cast<std::size_t>(ranks);
    const auto levels = std::int64_t(std::bit_width(p - 1));
    const auto call = [&](std::size_t part, auto move) {
      return traffic(ranks, [&](Communicator& c) {
        std::vector<float> mine(part), all(part * p);
        move(c, block_of(mine.data(), part), block_of(all.data(), part * p));
      });
    };
    const auto scattering = [](Communicator& c, Block mine, Block all) { scatter(c, all, mine); };
    const auto gathering = [](Communicator& c, Block mine, Block all) { gather(c, mine, all); };
    const auto telling = [](Communicator& c, Block, Block all) { broadcast(c, all); };
    INFO(ranks << " ranks");
    CHECK(call(10, scattering).steps == levels);
    CHECK(call(10, gathering).steps == levels);
    CHECK(call(10, telling).steps == levels);
    CHECK(call(20000, scattering).steps == 1);
    CHECK(call(20000, scattering).bytes == (p - 1) * 80000);
    CHECK(call(20000, gathering).steps == 1);
    CHECK(call(20000, telling).steps == (ranks > 2 ? 2 : 1));
    CHECK(call(20000, telling).bytes == (ranks > 2 ? 2 * (p - 1) : 2) * 80000);
  }
}
