#include "tutti/comm/all_reduce/hierarchical.h"

#include <chrono>
#include <thread>

#include "all_reduce_checks.h"
#include "comm/communicator_state.h"
#include "support/catch.h"
#include "tutti/comm/send.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("slices pass the network in segments", "[comm]") {
  // The shares of one node are not equal, and the last segment is shorter than the others.
  for (auto [ranks, per_node] : {std::pair{4, 2}, {6, 2}, {8, 4}})
    CHECK_NOTHROW(run_threads(ranks, per_node, [](Communicator& c) {
      for (std::size_t count : {100003, 300007}) {
        const Places places(c, Memory::symmetric, count);
        const auto check = [&](auto like, bool in_place) {
          check_random<decltype(like)>(c, places, algorithms::hierarchical, ReduceOp::average(),
                                       count, in_place);
        };
        for (bool in_place : {true, false}) check(float{}, in_place), check(bf16{}, in_place);
      }
    }));
}

TEST_CASE("work beside the network costs less than work before and after it", "[comm]") {
  const Layout layout{.nodes = 2, .per_node = 2, .contiguous = true, .shared = true};
  const auto seconds = [&](std::size_t count, Memory memory) {
    CostModel model = default_cost_model();
    model[Medium::rooms] = model[Medium::symmetric];
    return all_reduce_seconds(
        algorithms::hierarchical,
        {4, count, Dtype::f32, ReduceOp::sum(), Order::canonical, layout, memory}, model);
  };
  CHECK(seconds(1000, Memory::symmetric) == seconds(1000, Memory::heap));
  CHECK(seconds(1 << 20, Memory::symmetric) < 0.9 * seconds(1 << 20, Memory::heap));
}

TEST_CASE("a message that waits does what there is to do beside it", "[comm]") {
  for (int per_node : {1, 2}) {
    CAPTURE(per_node);
    int left = 1000;
    std::vector<int> received(1);
    CHECK_NOTHROW(run_threads(2, per_node, [&](Communicator& c) {
      int sent = 7;
      if (c.rank() == 1) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return send(c, block_of(&sent, 1), 0);
      }
      auto step = [&] { return left > 0 && left-- > 0; };
      const Condition work(step);
      NodeMemory& node = *c.state().node;
      node.beside = &work;
      recv(c, block_of(received.data(), 1), 1);
      node.beside = nullptr;
    }));
    CHECK(left == 0);
    CHECK(received[0] == 7);
  }
}
