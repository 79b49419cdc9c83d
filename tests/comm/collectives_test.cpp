#include <atomic>
#include <thread>

#include "all_reduce_checks.h"
#include "collectives_checks.h"
#include "support/allocations.h"
#include "support/catch.h"
#include "support/counting_transport.h"
#include "support/quick.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("broadcast, all_gather and reduce_scatter", "[comm]") {
  for (int ranks : rank_counts({1, 2, 3, 4, 5, 6, 7, 8, 9}))
    CHECK_NOTHROW(run_threads(ranks, [](Communicator& c) { check_collectives(c); }));
}

TEST_CASE("nobody passes a barrier early", "[comm]") {
  for (int ranks : rank_counts({1, 2, 3, 5, 8})) {
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
  // Every row, in all memory that it fits; counts of few bytes for one_shot.
  const auto body = [](Communicator& c) {
    const auto calls = [&] {
      return c.scratch({}).owner.device().allocator().statistics().source_calls;
    };
    for (const Algorithm& row : all_reduce_table())
      for (Memory memory : {Memory::heap, Memory::symmetric})
        for (std::size_t count : {std::size_t{5000}, std::size_t{100000}}) {
          if (!row.fits(problem_on(c, count, memory))) continue;
          const Places places(c, memory, count);
          for (bool in_place : {true, false}) {
            const Block in = block_of(places.in<float>(), count);
            const Block out = in_place ? in : block_of(places.out<float>(), count);
            std::fill_n(places.in<float>(), count, 0.0f);
            const auto call = [&] {
              all_reduce(c, in, out, ReduceOp::sum(), {.algorithm = row.name});
            };
            for (int i = 0; i < 3; ++i) call();
            const std::uint64_t asked = calls(), news = allocations();
            for (int i = 0; i < 10; ++i) call();
            const std::uint64_t more = allocations() - news;
            if (calls() != asked)
              raise(row.name, where(c, places, count, in_place),
                    ": found memory asked of the system again");
            // Messages between threads lie in lists; a node's memory needs none.
            if (row.medium != Medium::messages && more != 0)
              raise(row.name, where(c, places, count, in_place), ": found ", more,
                    " calls of new in 10 calls");
          }
        }
  };
  CHECK_NOTHROW(run_threads(2, body));
  CHECK_NOTHROW(run_threads(4, 2, body));
}
