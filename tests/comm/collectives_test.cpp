#include <atomic>
#include <thread>

#include "collectives_checks.h"
#include "support/catch.h"
#include "support/counting_transport.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("broadcast, all_gather and reduce_scatter", "[comm]") {
  for (int ranks : {1, 2, 3, 4, 5, 6, 7, 8, 9})
    CHECK_NOTHROW(run_threads(ranks, [](Communicator& c) { check_collectives(c); }));
}

TEST_CASE("nobody passes a barrier early", "[comm]") {
  for (int ranks : {1, 2, 3, 5, 8}) {
    std::atomic<int> arrived = 0;
    CHECK_NOTHROW(run_threads(ranks, [&](Communicator& c) {
      for (int round = 1; round <= 20; ++round) {
        if (c.rank() == round % c.size()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        ++arrived;
        barrier(c);
        if (arrived < round * c.size()) raise("a rank passed early");
        barrier(c);
      }
    }));
  }
}

TEST_CASE("collectives refuse blocks that do not fit", "[comm]") {
  float room[8] = {};
  CHECK_THROWS_AS(run_threads(2, [&](Communicator& c) { broadcast(c, block_of(room, 8), 2); }),
                  Error);
  CHECK_THROWS_AS(
      run_threads(2, [&](Communicator& c) { all_gather(c, block_of(room, 3), block_of(room, 8)); }),
      Error);
  CHECK_THROWS_AS(run_threads(2,
                              [&](Communicator& c) {
                                reduce_scatter(c, block_of(room, 8), block_of(room, 5),
                                               ReduceOp::sum());
                              }),
                  Error);
}

TEST_CASE("steady collectives take no new memory", "[comm]") {
  run_threads(2, [](Communicator& c) {
    std::vector<float> data(100000);
    Block block = block_of(data.data(), data.size());
    all_reduce(c, block, ReduceOp::sum());
    auto calls = [&] { return c.scratch({}).owner.device().allocator().statistics().source_calls; };
    auto before = calls();
    for (int i = 0; i < 10; ++i) all_reduce(c, block, ReduceOp::sum());
    if (calls() != before) raise("memory was asked of the system again");
  });
}
