// What the bench compares results with.
#include "values.h"

#include "measure.h"
#include "options.h"
#include "support/catch.h"

using namespace tutti;
using namespace tutti::bench;

namespace {

std::vector<float> filled(const Case& what, int rank) {
  std::vector<float> data(what.count);
  Values(what).fill(block_of(data.data(), data.size()), rank);
  return data;
}

}  // namespace

TEST_CASE("inputs differ among ranks and neighbouring pieces", "[bench]") {
  const Case what{.ranks = 2, .count = 10000};
  const auto a = filled(what, 0), b = filled(what, 1);
  CHECK(a != b);
  CHECK(!std::equal(a.begin(), a.begin() + 1024, a.begin() + 1024));
}

TEST_CASE("the expected reduction is the reduction of the inputs", "[bench]") {
  const Case what{.ranks = 3, .count = 10000, .op = ReduceOp::average()};
  std::vector<float> mean(what.count);
  for (int rank = 0; rank < what.ranks; ++rank) {
    const auto data = filled(what, rank);
    for (std::size_t i = 0; i < what.count; ++i) mean[i] += data[i];
  }
  for (float& value : mean) value /= 3;
  const Block block = block_of(mean.data(), mean.size());
  const Values values(what);
  CHECK(values.wrong(block, {{what.count, Stretch::all, 0}}) == 0);
  CHECK(values.wrong(block.slice(100, 9000), {{8900, Stretch::all, 100}}) == 0);
  CHECK(values.wrong(block.slice(100, 9000), {{8900, Stretch::all, 101}}) > 1000);
  mean[0] += 1, mean[9999] += 1;
  CHECK(values.wrong(block, {{what.count, Stretch::all, 0}}) == 2);
}

TEST_CASE("results are compared part by part", "[bench]") {
  const Case what{.ranks = 2, .count = 5000};
  auto data = filled(what, 0);
  const auto second = filled(what, 1);
  data.insert(data.end(), second.begin(), second.end());
  const Block block = block_of(data.data(), data.size());
  CHECK(Values(what).wrong(block, {{5000, 0, 0}, {5000, 1, 0}}) == 0);
  CHECK(Values(what).wrong(block, {{5000, 1, 0}, {5000, 0, 0}}) > 1000);
  Values::poison(block);
  CHECK(Values(what).wrong(block, {{5000, 0, 0}, {5000, 1, 0}}) == 10000);
}

TEST_CASE("sizes are read as nccl-tests read them", "[bench]") {
  CHECK(parse_bytes("8", "-b") == 8);
  CHECK(parse_bytes("64K", "-b") == 65536);
  CHECK(parse_bytes("3m", "-b") == 3u << 20);
  CHECK(parse_bytes("1G", "-b") == 1u << 30);
  for (const char* bad : {"", "0", "K", "1KB", "-4", "1.5M", "4X", "99999999999999999999"})
    CHECK_THROWS_AS(parse_bytes(bad, "-b"), Error);
}

TEST_CASE("quantiles are values of the sample", "[bench]") {
  CHECK(quantile({3, 1, 2}, 0.5) == 2);
  CHECK(quantile({4, 1, 2, 3}, 0.5) == 2);
  CHECK(quantile({3, 1, 2}, 0.99) == 3);
  CHECK(quantile({7}, 0.5) == 7);
}
