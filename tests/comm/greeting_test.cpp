// What travels between nodes with the first message of a call.
#include "comm/node/greeting.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "comm/threads_transport.h"
#include "support/catch.h"

using namespace tutti;

namespace {

Block bytes_of(std::vector<std::uint8_t>& bytes) {
  return block_of(bytes.data(), bytes.size());
}

// Passes one message from rank 0 to rank 1.
void pass(const WireMessage& sent, const WireMessage& received) {
  const auto ranks = make_threads_transports(2, 1);
  ranks[0]->start({&sent, 1});
  ranks[1]->start({&received, 1});
  while (!ranks[1]->advance()) {
  }
  CHECK(ranks[0]->advance());
}

}  // namespace

TEST_CASE("a greeting says which call its message is of", "[comm]") {
  CallRecord call{.sequence = (std::uint64_t{1} << 33) + 5,
                  .collective = Collective::reduce,
                  .dtype = Dtype::bf16,
                  .device = DeviceKind::cuda,
                  .any_order = true,
                  .algorithm = 3,
                  .op = ReduceOp::sum_over(3),
                  .root = 2,
                  .count = 1'000'003,
                  .parts = 77,
                  .memory = 9};
  for (const std::string& site : {std::string(), std::string("train.cpp:88"), std::string(60, 'x')})
    for (const std::size_t bytes : {0, 1, 1000, 16384, 16385, 50000}) {
      std::vector<std::uint8_t> data(bytes), copy(bytes);
      std::iota(data.begin(), data.end(), std::uint8_t{1});
      Greeting greeting, heard;
      CHECK(heard.received() == nullptr);
      pass(greeting.to_send({call, site}, send_to(1, bytes_of(data))), heard.to_receive(0));
      const Greeting::Head* head = heard.received();
      REQUIRE(head);
      CHECK(head->bytes == bytes);
      CHECK(head->site() == site.substr(0, 48));
      CHECK(flag_of(head->call()) == flag_of(call));
      CHECK(text(head->call()) == text(call));
      CHECK(heard.received() == nullptr);
      heard.copy_to(bytes_of(copy));
      const Block rest = Greeting::rest_of(bytes_of(copy));
      CHECK(rest.count == (bytes > 16384 ? bytes - 16384 : 0));
      CHECK(std::equal(data.begin(), data.end() - std::ptrdiff_t(rest.count), copy.begin()));
    }
}

TEST_CASE("what is no greeting is not taken for one", "[comm]") {
  for (const std::size_t bytes : {1, 63, 64, 200, 10000}) {
    std::vector<std::uint8_t> data(bytes, 0x55);
    Greeting heard;
    pass({send_to(1, bytes_of(data))}, heard.to_receive(0));
    CHECK_THROWS_WITH(heard.received(), Catch::Matchers::Contains(text("found ", bytes, " bytes")));
  }
}
