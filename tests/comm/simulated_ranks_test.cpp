#include "all_reduce_checks.h"
#include "support/catch.h"
#include "support/quick.h"
#include "tutti/comm/all_gather.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/simulated.h"
#include "tutti/comm/threads.h"

using namespace tutti;
using namespace tutti::test;
using Catch::Matchers::Contains;

namespace {

/// Nodes of `per_node` ranks.
Topology nodes_of(int per_node) {
  return {.levels = {{.name = "node", .members = per_node, .latency = 4e-7, .bandwidth = 1e10},
                     {.name = "switch", .latency = 1e-6, .bandwidth = 1e9}}};
}

}  // namespace

TEST_CASE("simulated ranks get the bits that threads get", "[comm]") {
  for (int ranks : rank_counts({2, 3, 5, 8, 12}))
    for (const Algorithm& row : all_reduce_table()) {
      const std::size_t count = 1003;
      std::vector<std::vector<float>> threads(ranks), simulated(ranks);
      const auto body = [&](std::vector<std::vector<float>>& results) {
        return [&](Communicator& c) {
          if (!fits(c, row, count)) return;
          auto data = fill<float>(random<float>, c.rank(), count);
          all_reduce(c, block_of(data.data(), count), ReduceOp::average(), {.algorithm = row.name});
          results[c.rank()] = data;
        };
      };
      run_simulated(nodes_of(2), ranks, body(simulated));
      if (simulated[0].empty()) continue;  // needs shared memory, or a vendor
      run_threads(ranks, body(threads));
      INFO(row.name << " on " << ranks << " ranks");
      CHECK(simulated == threads);
    }
}

TEST_CASE("every algorithm reduces in a simulation", "[comm]") {
  for (int ranks : {1, 2, 3, 4, 7})
    CHECK_NOTHROW(run_simulated(nodes_of(2), ranks, [](Communicator& c) {
      for (const Algorithm& row : all_reduce_table()) check_row(c, row);
    }));
}

TEST_CASE("a simulation comes to the same every time", "[comm]") {
  Topology topology = nodes_of(4);
  topology.levels[0].bandwidth = 3e9;
  topology.levels[1].members = 3;
  topology.levels.push_back({.name = "core", .latency = 3e-6, .bandwidth = 2e9, .shared = true});
  topology.overhead = 3e-7;
  topology.eager_bytes = 2000;
  auto once = [&] {
    return run_simulated(topology, 37, [](Communicator& c) {
      std::vector<float> data(5000), all(5000 * 37);
      for (const Algorithm& row : all_reduce_table())
        if (fits(c, row, data.size()))
          all_reduce(c, block_of(data.data(), data.size()), ReduceOp::sum(),
                     {.algorithm = row.name});
      all_gather(c, block_of(data.data(), 5000), block_of(all.data(), all.size()));
    });
  };
  const Simulated first = once(), second = once();
  CHECK(first.seconds > 0);
  CHECK(first.seconds == second.seconds);
  CHECK(first.messages == second.messages);
  CHECK(first.bytes == second.bytes);
}

TEST_CASE("simulated ranks split and know their places", "[comm]") {
  CHECK_NOTHROW(run_simulated(nodes_of(3), 8, [](Communicator& c) {
    if (c.local_rank() != c.rank() % 3 || c.layout().nodes != 3)
      raise("rank ", c.rank(), ": found local rank ", c.local_rank());
    Communicator node = c.split_by_node(), odd = c.split(c.rank() % 2, -c.rank());
    float a = 1, b = 1;
    Work work = all_reduce_async(node, block_of(&a, 1), ReduceOp::sum());
    all_reduce(odd, block_of(&b, 1), ReduceOp::sum());
    work.wait();
    if (a != static_cast<float>(c.rank() < 6 ? 3 : 2) || b != 4) raise("found ", a, " and ", b);
    if (odd.rank() != 3 - c.rank() / 2) raise("found rank ", odd.rank());
  }));
}

TEST_CASE("a rank that waits for ever is named", "[comm]") {
  CHECK_THROWS_WITH(run_simulated(nodes_of(4), 3,
                                  [](Communicator& c) {
                                    if (c.rank() == 1) barrier(c);
                                  }),
                    Contains("rank 1 of 3 waits for ever for rank 2 to receive 1 bytes") ||
                        Contains("rank 1 of 3 waits for ever for rank 0 to send 1 bytes"));
  CHECK_THROWS_WITH(run_simulated(nodes_of(4), 2,
                                  [](Communicator& c) {
                                    std::uint8_t byte = 0;
                                    c.exchange({receive_from(1 - c.rank(), block_of(&byte, 1))},
                                               CpuStream{});
                                  }),
                    Contains("rank 0 of 2 waits for ever for rank 1 to send 1 bytes"));
  CHECK_THROWS_WITH(run_simulated(nodes_of(4), 2,
                                  [](Communicator& c) {
                                    if (c.rank() == 0) c.transport().split(0, 0);
                                  }),
                    Contains("rank 0 of 2 waits for ever for other ranks to split"));
}

TEST_CASE("simulated ranks that fail or disagree stop the others", "[comm]") {
  std::string seen;
  CHECK_THROWS_WITH(run_simulated(nodes_of(4), 3,
                                  [&](Communicator& c) {
                                    if (c.rank() == 1) raise("no such file: weights.bin");
                                    try {
                                      barrier(c);
                                    } catch (const PeerFailed& e) {
                                      if (c.rank() == 0) seen = e.what();
                                      throw;
                                    }
                                  }),
                    "no such file: weights.bin");
  CHECK(seen == "rank 0 of 3 stops because rank 1 failed: no such file: weights.bin");
  CHECK_THROWS_WITH(run_simulated(nodes_of(4), 2,
                                  [](Communicator& c) {
                                    std::vector<float> data(10);
                                    all_reduce(c, block_of(data.data(), c.rank() ? 10 : 9),
                                               ReduceOp::sum());
                                  }),
                    Contains("found 36 bytes") && Contains("expected 40"));
}

TEST_CASE("exceptions stay with their rank", "[comm]") {
  CHECK_NOTHROW(run_simulated(nodes_of(4), 4, [](Communicator& c) {
    try {
      raise("rank ", c.rank());
    } catch (const Error& e) {
      barrier(c);  // the others throw meanwhile
      try {
        throw;
      } catch (const Error& again) {
        if (again.what() != text("rank ", c.rank())) std::abort();
      }
    }
  }));
}

TEST_CASE("virtual time needs a simulation", "[comm]") {
  CHECK_THROWS_WITH(run_threads(1, [](Communicator& c) { virtual_seconds(c); }),
                    Contains("threads"));
}
