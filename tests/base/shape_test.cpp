#include "tutti/base/shape.h"

#include "support/catch.h"
#include "tutti/base/parallel_for.h"

#include <vector>

using namespace tutti;

TEST_CASE("shapes broadcast from the last axis on") {
  CHECK(broadcast({2, 1, 4}, {3, 1}, "test") == Shape{2, 3, 4});
  CHECK(broadcast({}, {5}, "test") == Shape{5});
  CHECK(broadcast({1}, {0}, "test") == Shape{0});
  CHECK_THROWS_AS(broadcast({2, 3}, {2}, "test"), Error);
  CHECK_THROWS_AS(broadcast({2}, {2, 3}, "test"), Error);
}

TEST_CASE("a shape has at most eight axes") {
  Shape shape{1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(shape.count() == 40320);
  CHECK_THROWS_AS(shape.push_back(9), Error);
}

TEST_CASE("parallel_for runs every task once and rethrows") {
  for (int threads : {1, 3}) {
    set_thread_count(threads);
    std::vector<int> hits(1001);
    parallel_for(1001, [&](std::int64_t i, int) { ++hits[static_cast<std::size_t>(i)]; });
    CHECK(hits == std::vector<int>(1001, 1));
    auto failing = [](std::int64_t i, int) {
      if (i == 77) raise("task 77");
    };
    CHECK_THROWS_AS(parallel_for(100, failing), Error);
  }
}
