#include "tutti/data/subset.h"

#include <algorithm>
#include <numeric>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/data/loader.h"

using namespace tutti;
using data::Batch;
using data::Subset;
using test::contains;
using test::error_of;

using Indices = std::vector<std::int64_t>;

namespace {

// Sample i is i, and 100 more in each epoch.
struct Epochs : data::Dataset {
  std::int64_t size() const override { return 9; }
  std::vector<data::Field> fields() const override { return {{"x", {}, Dtype::i64}}; }
  Batch batch(std::span<const std::int64_t> indices) const override {
    return batch_in_epoch(indices, 0);
  }
  Batch batch_in_epoch(std::span<const std::int64_t> indices, std::int64_t epoch) const override {
    Batch out = empty_batch(indices);
    for (std::size_t i = 0; i < indices.size(); ++i)
      out["x"].mutable_data<std::int64_t>()[i] = indices[i] + 100 * epoch;
    return out;
  }
};

Indices numbers(const Batch& batch) {
  return batch["x"].to_vector<std::int64_t>();
}

}  // namespace

TEST_CASE("a subset has samples of another data set", "[data]") {
  const Epochs all;
  const Subset some(all, {7, 2, 2, 0});
  CHECK(some.size() == 4);
  CHECK(some.fields() == all.fields());
  CHECK(numbers(some.batch(Indices{3, 0, 1, 2})) == Indices{0, 7, 2, 2});
  CHECK(numbers(some.batch_in_epoch(Indices{0, 3}, 2)) == Indices{207, 200});
  CHECK(some.batch(Indices{})["x"].shape() == Shape{0});
  CHECK(&some.device().allocator() == &all.device().allocator());  // what a Loader reserves from
  Indices seen;
  data::DistributedSampler sampler(some.size(), {.batch = 3, .shuffle = false}, 0, 1);
  sampler.set_epoch(1);
  for (auto& step : data::Loader(some, sampler))
    for (const Batch& batch : step)
      for (std::int64_t x : numbers(batch)) seen.push_back(x);
  CHECK(seen == Indices{107, 102, 102, 100});
  // Of a subset.
  CHECK(numbers(Subset(some, {1, 0}).batch(Indices{0, 1})) == Indices{2, 7});
}

TEST_CASE("a random split has each sample once, in an order that the seed decides", "[data]") {
  const auto parts = data::random_split(103, {80, 0, 23}, 5);
  REQUIRE(parts.size() == 3);
  CHECK(parts[0].size() == 80);
  CHECK(parts[1].empty());
  Indices all = parts[0], counting(103);
  all.insert(all.end(), parts[2].begin(), parts[2].end());
  std::iota(counting.begin(), counting.end(), 0);
  CHECK(all != counting);
  CHECK(data::random_split(103, {80, 0, 23}, 5) == parts);
  CHECK(data::random_split(103, {80, 0, 23}, 6) != parts);
  CHECK(data::random_split(103, {103}, 5)[0] == all);
  std::ranges::sort(all);
  CHECK(all == counting);
}

TEST_CASE("subsets and splits say what does not fit", "[data]") {
  const Epochs all;
  CHECK(error_of([&] { Subset(all, {}); }) ==
        "data::Subset: found no indices, expected one or more");
  for (std::int64_t bad : {-1, 9})
    CHECK(error_of([&] {
            Subset(all, {0, bad});
          }) == text("data::Subset: found index ", bad,
                     " at position 1 for a data set of 9 samples, expected 0 or more and less than "
                     "that"));
  CHECK(contains(error_of([&] {
                   Subset(all, {0, 1}).batch(Indices{2});
                 }),
                 "data::Subset: found index 2 in a data set of 2 samples"));
  CHECK(
      contains(error_of([] { data::random_split(0, {}, 1); }), "found size 0, expected 1 or mor"));
  CHECK(contains(error_of([] {
                   data::random_split(5, {3, 3}, 1);
                 }),
                 "found a part of 3 where 2 of 5 samples are left, expected 0 to that"));
  CHECK(contains(error_of([] { data::random_split(5, {-1, 6}, 1); }), "found a part of -1"));
  CHECK(contains(error_of([] {
                   data::random_split(5, {3, 1}, 1);
                 }),
                 "found parts of 4 samples in all, expected 5; add a part of 1 for the rest"));
  // It keeps a reference: one to what lives as long as the call does not compile.
  static_assert(std::is_constructible_v<Subset, const Epochs&, Indices>);
  static_assert(!std::is_constructible_v<Subset, Epochs, Indices>);
}
