// What travels between nodes with the first message of a call.
#include "comm/node/greeting.h"

#include <algorithm>
#include <array>
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
  const CallRecord average{.sequence = (std::uint64_t{1} << 33) + 5,
                           .collective = Collective::reduce,
                           .dtype = Dtype::bf16,
                           .device = DeviceKind::cuda,
                           .any_order = true,
                           .in_place = true,
                           .algorithm = 3,
                           .op = ReduceOp::average(),
                           .root = 2,
                           .count = 1'000'003,
                           .parts = 77,
                           .memory = 9};
  CallRecord divided = average;
  divided.op = ReduceOp::sum_over(3);
  const CallRecord both{.collective = Collective::send, .dtype = Dtype::f64, .from = 3};
  for (const CallRecord& call : {average, divided, both})
    for (const std::string& site :
         {std::string(), std::string("train.cpp:88"), std::string(60, 'x') + ".cpp:88"})
      for (const std::size_t bytes : {0, 1, 1000, 16384, 16385, 50000}) {
        std::vector<std::uint8_t> data(bytes), copy(bytes);
        std::iota(data.begin(), data.end(), std::uint8_t{1});
        Greeting greeting, heard;
        CHECK(heard.look() == Greeting::Came::nothing);
        pass(greeting.to_send({call, site}, send_to(1, bytes_of(data))), heard.to_receive(0));
        REQUIRE(heard.look() == Greeting::Came::greeting);
        CHECK(heard.look() == Greeting::Came::nothing);
        CHECK(heard.head().bytes == bytes);
        CHECK(heard.head().site() == site.substr(site.size() > 48 ? site.size() - 48 : 0));
        CHECK(flag_of(heard.head().call()) == flag_of(call));
        CHECK(text(heard.head().call()) == text(call));
        heard.copy_to(bytes_of(copy));
        const std::size_t carried = std::min<std::size_t>(bytes, 16384);
        CHECK(std::equal(data.begin(), data.begin() + std::ptrdiff_t(carried), copy.begin()));
      }
}

TEST_CASE("what a greeting does not carry begins where it ends", "[comm]") {
  for (const Dtype dtype : {Dtype::u8, Dtype::bf16, Dtype::f32, Dtype::f64})
    for (const std::size_t bytes : {0, 8, 16384, 16392, 50000}) {
      std::vector<std::byte> data(bytes);
      const Block message{data.data(), bytes / size_of(dtype), dtype, {}};
      const Block rest = Greeting::rest_of(message);
      CHECK(rest.bytes() == (bytes > 16384 ? bytes - 16384 : 0));
      if (rest.count > 0) CHECK(rest.data == data.data() + 16384);
    }
}

TEST_CASE("what is no greeting is not taken for one", "[comm]") {
  const auto came = [](std::vector<std::uint8_t> frame) {
    Greeting heard;
    pass({send_to(1, bytes_of(frame))}, heard.to_receive(0));
    return heard.look();
  };
  for (const std::size_t bytes : {1, 63, 64, 200, 10000})
    for (const std::uint8_t value : {0x00, 0x55, 0xff})
      CHECK(came(std::vector<std::uint8_t>(bytes, value)) == Greeting::Came::something_else);

  std::vector<std::uint8_t> data(1000, 7);
  Greeting greeting;
  const WireMessage sent = greeting.to_send({{}, "train.cpp:88"}, send_to(1, bytes_of(data)));
  const auto* begin = static_cast<const std::uint8_t*>(sent.block.data);
  const std::vector<std::uint8_t> right(begin, begin + sent.block.bytes());
  CHECK(came(right) == Greeting::Came::greeting);
  std::vector<std::uint8_t> longer = right;
  longer.push_back(7);
  CHECK(came(longer) == Greeting::Came::something_else);
  CHECK(came({right.begin(), right.end() - 1}) == Greeting::Came::something_else);
  for (std::size_t i = 0; i < 8; ++i) {  // the size of the message
    std::vector<std::uint8_t> other = right;
    other[i] ^= 1;
    CHECK(came(other) == Greeting::Came::something_else);
  }
  // A length of the site that it has no room for.
  const auto length = std::ranges::search(right, std::to_array<std::uint8_t>({12, 2, 0x75, 0x54}));
  REQUIRE(!length.empty());
  std::vector<std::uint8_t> other = right;
  other[static_cast<std::size_t>(length.begin() - right.begin())] = 49;
  other.resize(right.size() + 49 - 12);
  CHECK(came(other) == Greeting::Came::something_else);
}
