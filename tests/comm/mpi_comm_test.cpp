#include <mpi.h>

#include <atomic>
#include <thread>

#include "all_reduce_checks.h"
#include "collectives_checks.h"
#include "comm/mpi_transport.h"
#include "movement_check_sets.h"
#include "reduce_checks.h"
#include "send_checks.h"
#include "support/catch.h"
#include "support/world.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("every algorithm over MPI", "[comm]") {
  for (const Algorithm& row : all_reduce_table()) {
    INFO(row.name);
    REQUIRE_NOTHROW(check_row(world(), row));
    if (!fits(world(), row, 1000003)) continue;
    REQUIRE_NOTHROW(check_whole<float>(world(), row.name, ReduceOp::sum(), 1000003));
  }
}

TEST_CASE("the other collectives over MPI", "[comm]") {
  REQUIRE_NOTHROW(check_collectives(world()));
  REQUIRE_NOTHROW(check_movements(world()));
  REQUIRE_NOTHROW(check_reductions(world()));
  REQUIRE_NOTHROW(check_sends(world()));
  REQUIRE_NOTHROW(barrier(world()));
}

TEST_CASE("messages above the chunk limit are split", "[comm]") {
  auto shared = std::make_shared<MpiWorld>(MPI_COMM_WORLD);
  {
    Communicator c(std::make_shared<MpiTransport>(shared, 100));
    for (const Algorithm& row : all_reduce_table()) {
      INFO(row.name);
      if (!fits(c, row)) continue;
      REQUIRE_NOTHROW(check_whole<double>(c, row.name, ReduceOp::sum(), 1000));
      REQUIRE_NOTHROW(check_whole<std::uint8_t>(c, row.name, ReduceOp::sum(), 1003));
    }
  }
  shared->close();
}

TEST_CASE("asynchronous calls while the main thread computes", "[comm]") {
  Communicator c = world().duplicate();
  std::vector<std::vector<float>> buckets(8, std::vector<float>(100000, 1));
  std::vector<Work> works;
  for (auto& b : buckets)
    works.push_back(all_reduce_async(c, block_of(b.data(), b.size()), ReduceOp::sum()));
  float other = 2;
  all_reduce(world(), block_of(&other, 1), ReduceOp::sum());  // another communicator meanwhile
  CHECK(other == 2.0f * c.size());
  for (Work& work : works) work.wait();
  for (auto& b : buckets) REQUIRE(b.back() == static_cast<float>(c.size()));
}

TEST_CASE("a communicator knows its place", "[comm][one_node]") {
  CHECK(world().local_size() == world().size());
  CHECK(world().local_rank() == world().rank());
}

// 2 x 2.1 GB a rank: run it by its tag.
TEST_CASE("more elements than an int counts", "[.large]") {
  const std::size_t count = (std::size_t{1} << 31) + 5;
  std::vector<std::uint8_t> data(count, 1);
  for (std::string_view name : {"halving_doubling", "vendor"}) {
    std::ranges::fill(data, 1);
    all_reduce(world(), block_of(data.data(), count), ReduceOp::sum(), {.algorithm = name});
    REQUIRE(static_cast<std::size_t>(std::ranges::count(data, world().size())) == count);
  }
}
