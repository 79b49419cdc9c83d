#include "tutti/data/sequence_dataset.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/data/loader.h"

using namespace tutti;
using namespace tutti::test;
using data::Batch;
using data::DistributedSampler;
using data::Field;
using data::SequenceDataset;

namespace {

using Numbers = std::vector<std::int64_t>;

// Sequence i is i + 1, so often as lengths says.
std::vector<Tensor> numbered(const Numbers& lengths) {
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < lengths.size(); ++i)
    out.push_back(Tensor::full({lengths[i]}, static_cast<double>(i + 1), Dtype::i64));
  return out;
}

Numbers random_lengths(std::size_t count) {
  Numbers lengths;
  for (std::size_t i = 0; i < count; ++i)
    lengths.push_back(static_cast<std::int64_t>(i * i * 31 % 97));
  return lengths;
}

Numbers order_of(const DistributedSampler& sampler) {
  Numbers order;
  for (std::int64_t step = 0; step < sampler.steps(); ++step)
    for (std::int64_t shard = 0; shard < sampler.shards_per_rank(); ++shard)
      for (std::int64_t i : sampler.shard(step, shard)) order.push_back(i);
  return order;
}

}  // namespace

TEST_CASE("a batch of sequences is padded to its longest", "[data]") {
  SequenceDataset samples(numbered({2, 0, 3, 1}),
                          {{"labels", Tensor::from(Numbers{10, 11, 12, 13}, {4})}},
                          {.padding = -7});
  CHECK(samples.size() == 4);
  CHECK(samples.lengths() == Numbers{2, 0, 3, 1});
  CHECK(samples.fields() == std::vector<Field>{{"sequences", {-1}, Dtype::i64},
                                               {"lengths", {}, Dtype::i64},
                                               {"labels", {}, Dtype::i64}});
  Batch batch = samples.batch(Numbers{3, 0, 1});
  samples.require_fields(batch, 3);
  CHECK(batch["sequences"].shape() == Shape{3, 2});
  CHECK(batch["sequences"].to_vector<std::int64_t>() == Numbers{4, -7, 1, 1, -7, -7});
  CHECK(batch["lengths"].to_vector<std::int64_t>() == Numbers{1, 2, 0});
  CHECK(batch["labels"].to_vector<std::int64_t>() == Numbers{13, 10, 11});
  CHECK(samples.batch(Numbers{2})["sequences"].shape() == Shape{1, 3});
  CHECK(samples.batch(Numbers{1})["sequences"].shape() == Shape{1, 0});
  CHECK(samples.batch({})["sequences"].shape() == Shape{0, 0});

  SequenceDataset rounded(numbered({2, 0, 3, 1}), {}, {.multiple = 4});
  CHECK(rounded.batch(Numbers{3})["sequences"].to_vector<std::int64_t>() == Numbers{4, 0, 0, 0});
  CHECK(rounded.batch(Numbers{1})["sequences"].shape() == Shape{1, 0});
}

TEST_CASE("sequences may be of any dtype, have further extents and be views", "[data]") {
  Tensor a = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2}).transpose();  // [2, 3]
  Tensor b = Tensor::from(std::vector<float>{7, 8, 9}, {1, 3});
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i32, Dtype::u8}) {
    SequenceDataset samples({a.to(dtype), b.to(dtype)}, {{"rows", a}});
    Batch batch = samples.batch(Numbers{1, 0});
    CHECK(batch["sequences"].shape() == Shape{2, 2, 3});
    CHECK(batch["sequences"].dtype() == dtype);
    CHECK(batch["sequences"].to(Dtype::f32).to_vector<float>() ==
          std::vector<float>{7, 8, 9, 0, 0, 0, 1, 3, 5, 2, 4, 6});
    CHECK(batch["rows"].to_vector<float>() == std::vector<float>{2, 4, 6, 1, 3, 5});
  }
}

TEST_CASE("a loader takes batches whose extents differ, the same on any number of ranks",
          "[data]") {
  Numbers lengths = random_lengths(50);
  SequenceDataset samples(numbered(lengths));
  std::map<Numbers, Numbers> first;  // by epoch, step and shard
  for (int ranks : {1, 2, 4})
    for (int rank = 0; rank < ranks; ++rank) {
      DistributedSampler sampler(50, {.batch = 3, .shards = 4, .lengths = lengths}, rank, ranks);
      data::Loader loader(samples, sampler, {.threads = 2});
      for (std::int64_t epoch = 0; epoch < 2; ++epoch)
        for (auto& step : loader) {
          std::int64_t shard = 0;
          for (auto& batch : step) {
            Numbers key{epoch, step.index(), sampler.global_shard(shard++)};
            Numbers found = batch["sequences"].to_vector<std::int64_t>();
            if (ranks == 1) first[key] = found;
            REQUIRE(first.at(key) == found);
          }
        }
    }
}

TEST_CASE("similar lengths share a step, in random order", "[data]") {
  Numbers lengths = random_lengths(1003);
  data::SamplerOptions options{.batch = 4, .shards = 2, .seed = 3, .lengths = lengths};
  DistributedSampler sampler(1003, options, 0, 1);
  Numbers first = order_of(sampler);
  options.lengths.clear();
  Numbers plain = order_of(DistributedSampler(1003, options, 0, 1));
  auto padded = [&](const Numbers& order) {  // what shards of 4 would take
    std::int64_t sum = 0;
    for (std::size_t at = 0; at + 4 <= order.size(); at += 4) {
      std::int64_t longest = 0;
      for (std::size_t i = at; i < at + 4; ++i)
        longest = std::max(longest, lengths[static_cast<std::size_t>(order[i])]);
      sum += 4 * longest;
    }
    return sum;
  };
  std::int64_t needed = 0;
  for (std::int64_t length : lengths) needed += length;
  CHECK(padded(first) < needed * 105 / 100);
  CHECK(padded(plain) > needed * 130 / 100);
  CHECK(std::set<std::int64_t>(first.begin(), first.end()).size() == 1003);
  // The steps are not sorted themselves: neighbours are as often shorter as longer.
  int longer = 0;
  for (std::size_t at = 8; at + 8 <= first.size(); at += 8)
    longer += lengths[static_cast<std::size_t>(first[at])] >
              lengths[static_cast<std::size_t>(first[at - 8])];
  CHECK(std::abs(longer - 62) < 31);  // of 124; six standard deviations of a fair coin are 33
  sampler.set_epoch(1);
  CHECK(order_of(sampler) != first);
  sampler.set_epoch(0);
  CHECK(order_of(sampler) == first);

  options.shuffle = false;
  options.lengths = lengths;
  Numbers sorted = order_of(DistributedSampler(1003, options, 0, 1));
  CHECK(std::is_sorted(sorted.begin(), sorted.end(), [&](std::int64_t a, std::int64_t b) {
    auto key = [&](std::int64_t i) { return std::pair(lengths[static_cast<std::size_t>(i)], i); };
    return key(a) < key(b);
  }));
}

// 12 of 92 samples fill no step: an epoch leaves out the same longest one with probability 12 / 92.
TEST_CASE("with drop_last long sequences are left out no more often than short ones", "[data]") {
  Numbers lengths(92);
  for (std::size_t i = 0; i < lengths.size(); ++i)
    lengths[i] = static_cast<std::int64_t>(i * 37 % lengths.size());  // all differ
  DistributedSampler sampler(
      92, {.batch = 10, .shards = 2, .seed = 4, .drop_last = true, .lengths = lengths}, 0, 1);
  std::vector<int> seen(92);
  for (int epoch = 0; epoch < 30; ++epoch) {
    sampler.set_epoch(epoch);
    for (std::int64_t i : order_of(sampler))
      ++seen[static_cast<std::size_t>(lengths[static_cast<std::size_t>(i)])];
  }
  // Binomial: the mean is 26.1 and the standard deviation 1.8.
  CHECK(*std::min_element(seen.begin(), seen.end()) >= 16);
  CHECK(std::accumulate(seen.begin(), seen.end(), 0) == 30 * 80);
  CHECK(std::accumulate(seen.end() - 12, seen.end(), 0) < 30 * 12);
}

TEST_CASE("a sampler's lengths belong to its state", "[data]") {
  Numbers lengths = random_lengths(30), others = lengths;
  ++others[7];
  auto sampler = [](const Numbers& given) {
    return DistributedSampler(30, {.batch = 4, .lengths = given}, 0, 1);
  };
  StateDict state = sampler(lengths).state_dict();
  CHECK(error_of([&] { sampler(lengths).load_state_dict(state); }).empty());
  for (const Numbers& wrong : {others, Numbers{}})
    CHECK(contains(error_of([&] { sampler(wrong).load_state_dict(state); }), "lengths"));
  CHECK(error_of([&] {
          sampler({1, 2});
        }) ==
        "data::DistributedSampler: found 2 lengths for 30 samples, expected one for each, or none");
}

TEST_CASE("sequences say what does not fit", "[data]") {
  auto making = [](std::vector<Tensor> sequences, const Batch& others = {},
                   data::SequenceOptions options = {}) {
    return error_of([&] { SequenceDataset(std::move(sequences), others, options); });
  };
  Tensor x = Tensor::zeros({3, 2});
  CHECK(making({x, Tensor::zeros({0, 2})}).empty());
  CHECK(making({}) == "data::SequenceDataset: found no sequence, expected one or more");
  CHECK(making({x, Tensor::zeros({3, 4})}) ==
        "data::SequenceDataset: found f32 [3, 4] as sequence 1 and f32 [3, 2] as sequence 0, "
        "expected the same but for the first extent");
  CHECK(contains(making({x, Tensor::zeros({3, 2}, Dtype::f64)}), "found f64 [3, 2] as sequence 1"));
  CHECK(contains(making({x, Tensor::zeros({})}), "found a scalar as sequence 1"));
  CHECK(contains(making({x, Tensor()}), "holds nothing as sequence 1"));
  CHECK(contains(making({x}, {{"y", Tensor::zeros({2})}}), "found [2] as y, expected a first ext"));
  CHECK(contains(making({x}, {{"y", Tensor::zeros({})}}), "found [] as y"));
  CHECK(contains(making({x}, {{"y", Tensor()}}), "found nothing as y"));
  CHECK(contains(making({x}, {{"lengths", x}}), "found another tensor named lengths"));
  CHECK(contains(making({x}, {}, {.multiple = 0}), "found multiple 0"));
  CHECK(contains(making({x.to(Dtype::i64)}, {}, {.padding = 0.5}),
                 "found padding 0.5 for sequences"));
  CHECK(contains(making({x.to(Dtype::u8)}, {}, {.padding = -1}), "of u8, which does not hold it"));
  SequenceDataset samples({x});
  for (std::int64_t bad : {-1, 1})
    CHECK(contains(error_of([&] { samples.batch(Numbers{bad}); }), text("found index ", bad)));
}

TEST_CASE("a field in which batches differ has no room made for it", "[data]") {
  struct Ragged : data::Dataset {
    std::int64_t size() const override { return 1; }
    std::vector<Field> fields() const override { return {{"x", {2, -1}}}; }
    Batch batch(std::span<const std::int64_t> indices) const override {
      return empty_batch(indices);
    }
  } ragged;
  CHECK(contains(error_of([&] { ragged.batch(Numbers{0}); }),
                 "::empty_batch: found [2, -1] as the shape of field x"));
  ragged.require_fields({{"x", Tensor::zeros({1, 2, 9})}}, 1);
  CHECK(contains(error_of([&] {
                   ragged.require_fields({{"x", Tensor::zeros({1, 3, 9})}}, 1);
                 }),
                 "found f32 [1, 3, 9], expected f32 [1, 2, -1]"));
  CHECK(contains(error_of([&] {
                   ragged.require_fields({{"x", Tensor::zeros({1, 2})}}, 1);
                 }),
                 "found f32 [1, 2], expected"));
}
