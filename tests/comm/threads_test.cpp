#include "tutti/comm/threads.h"

#include <chrono>
#include <cstdlib>
#include <thread>

#include "comm/threads_transport.h"
#include "support/catch.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/barrier.h"

using namespace tutti;

TEST_CASE("a rank that throws stops the ranks that wait, which name it", "[comm]") {
  std::string seen[3];
  CHECK_THROWS_WITH(run_threads(3,
                                [&](Communicator& c) {
                                  if (c.rank() == 1) {
                                    barrier(c);  // all have their communicator
                                    raise("no such file: weights.bin");
                                  }
                                  try {
                                    barrier(c);
                                    std::vector<float> data(100000);
                                    all_reduce(c, block_of(data.data(), data.size()),
                                               ReduceOp::sum());
                                  } catch (const PeerFailed& e) {
                                    seen[c.rank()] = e.what();
                                    throw;
                                  }
                                }),
                    "no such file: weights.bin");
  CHECK(seen[0] == "rank 0 of 3 stops because rank 1 failed: no such file: weights.bin");
  CHECK(seen[2] == "rank 2 of 3 stops because rank 1 failed: no such file: weights.bin");
}

TEST_CASE("a wait for a rank that has returned raises", "[comm]") {
  CHECK_THROWS_WITH(run_threads(2,
                                [](Communicator& c) {
                                  if (c.rank() == 1) barrier(c);
                                }),
                    Catch::Matchers::StartsWith(
                        "rank 1 of 2 waits for rank 0, which has already returned from run(), in "
                        "barrier #1 at threads_test.cpp:"));
}

TEST_CASE("a late rank still gets what others sent before they returned", "[comm]") {
  CHECK_NOTHROW(run_threads(2, [](Communicator& c) {
    if (c.rank() == 1) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    barrier(c);
  }));
}

TEST_CASE("counts that differ are named", "[comm]") {
  CHECK_THROWS_WITH(
      run_threads(2,
                  [](Communicator& c) {
                    std::vector<float> data(10);
                    std::size_t count = c.rank() ? 10 : 9;
                    all_reduce(c, block_of(data.data(), count), ReduceOp::sum());
                  }),
      Catch::Matchers::Contains("all_reduce #1 of 9 x f32, sum at threads_test.cpp") &&
          Catch::Matchers::Contains("all_reduce #1 of 10 x f32, sum at threads_test.cpp") &&
          Catch::Matchers::Contains("All ranks must pass the same count"));
}

TEST_CASE("waits without shared memory ask their guard, too", "[comm]") {
  const auto transports = make_threads_transports(2, 2);
  transports[0]->set_guard([](auto waited) {
    if (waited > std::chrono::milliseconds(150)) raise("the guard's limit");
  });
  float data = 0;
  const Transfer receive[] = {receive_from(1, block_of(&data, 1))};
  CHECK_THROWS_WITH(transports[0]->exchange(receive, CpuStream{}), "the guard's limit");
  CHECK_THROWS_WITH(transports[0]->split(0, 0), "the guard's limit");
}

TEST_CASE("no ranks is an error", "[comm]") {
  CHECK_THROWS_AS(run_threads(0, [](Communicator&) {}), Error);
}

TEST_CASE("after the deadline only ranks of other nodes that did not answer are named", "[comm]") {
  std::string messages[3];
  setenv("TUTTI_TIMEOUT", "2", 1);
  CHECK_THROWS(run_threads(3, 1, [&](Communicator& c) {
    if (c.rank() == 2) std::this_thread::sleep_for(std::chrono::milliseconds(3500));
    try {
      barrier(c);
    } catch (const Error& e) {
      messages[c.rank()] = e.what();
      throw;
    }
  }));
  unsetenv("TUTTI_TIMEOUT");
  using Catch::Matchers::Contains;
  const std::string& first = messages[messages[0].find("has waited") == std::string::npos];
  CHECK_THAT(first, Contains("has waited for 2 s") && Contains("rank 2 on another node") &&
                        !Contains("rank 0 on another") && !Contains("rank 1 on another"));
}
