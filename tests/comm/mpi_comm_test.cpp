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

TEST_CASE("what has come is told although another message is too long", "[comm]") {
  MPI_Comm channel = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &channel);
  MPI_Comm_set_errhandler(channel, MPI_ERRORS_RETURN);
  {
    MpiExchange exchange(channel, MpiExchange::usual_piece);
    std::vector<std::uint8_t> first(200), second(3000);
    const auto block = [](std::vector<std::uint8_t>& bytes, std::size_t count) {
      return block_of(bytes.data(), count);
    };
    if (world().rank() == 0) {  // short enough for MPI to send them before they are asked for
      const WireMessage sent[] = {{send_to(1, block(first, 77))},
                                  {send_to(1, block(second, 3000))}};
      exchange.start(sent);
      while (!exchange.advance()) {
      }
    }
    MPI_Barrier(channel);  // both wait at rank 1
    if (world().rank() == 1) {
      std::size_t arrived = 0;
      const WireMessage expected[] = {{receive_from(0, block(first, 200)), &arrived},
                                      {receive_from(0, block(second, 100))}};
      const auto receive = [&] {
        exchange.start(expected);
        while (!exchange.advance()) {
        }
      };
      CHECK_THROWS_WITH(receive(),
                        Catch::Matchers::Contains("found more than 100 bytes from rank 0"));
      exchange.abandon();
      CHECK(arrived == 77);
    }
    MPI_Barrier(channel);
  }
  MPI_Comm_free(&channel);
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
