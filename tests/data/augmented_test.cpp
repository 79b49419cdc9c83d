#include "tutti/data/augmented.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/data/loader.h"
#include "tutti/data/tensor_dataset.h"

using namespace tutti;
using namespace tutti::test;
using data::Augmentation;
using data::Augmented;
using data::TensorDataset;

namespace {

using Indices = std::vector<std::int64_t>;
using Values = std::vector<float>;

constexpr std::int64_t channels = 2, height = 5, width = 7, area = height * width;

// Pixel p of image i is 1000 i + p + 1: never 0.
Tensor pixels(std::int64_t count) {
  Values values;
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t p = 0; p < channels * area; ++p)
      values.push_back(static_cast<float>(1000 * i + p + 1));
  return Tensor::from(values, {count, channels, height, width});
}

TensorDataset numbered(std::int64_t count) {
  Indices labels(static_cast<std::size_t>(count));
  std::iota(labels.begin(), labels.end(), 0);
  return TensorDataset{{"images", pixels(count)}, {"labels", Tensor::from(labels, {count})}};
}

Values image(const Augmented& samples, std::int64_t index, std::int64_t epoch) {
  return samples.batch_in_epoch(Indices{index}, epoch)["images"].to_vector<float>();
}

float at(const Values& image, std::int64_t c, std::int64_t y, std::int64_t x) {
  bool inside = y >= 0 && y < height && x >= 0 && x < width;
  return inside ? image[static_cast<std::size_t>(c * area + y * width + x)] : 0;
}

// Pixel by pixel: a part of the padded image, perhaps flipped.
Values moved(const Values& from, std::int64_t down, std::int64_t right, bool flip) {
  Values out;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x)
        out.push_back(at(from, c, y + down, (flip ? width - 1 - x : x) + right));
  return out;
}

}  // namespace

TEST_CASE("an augmentation of nothing changes nothing", "[data]") {
  TensorDataset plain = numbered(6);
  Augmented samples(plain, {.seed = 3});
  CHECK(samples.size() == 6);
  CHECK(samples.fields() == plain.fields());
  for (const char* name : {"images", "labels"})
    CHECK(samples.batch(Indices{4, 0, 4})[name].to(Dtype::f32).to_vector<float>() ==
          plain.batch(Indices{4, 0, 4})[name].to(Dtype::f32).to_vector<float>());
  CHECK(samples.batch({})["images"].shape() == Shape{0, channels, height, width});
}

TEST_CASE("crops and flips are parts of the padded image, each as often as the others", "[data]") {
  constexpr std::int64_t count = 40, epochs = 50, padding = 2;
  TensorDataset plain = numbered(count);
  Augmented samples(plain, {.seed = 1, .padding = padding, .flip = true});
  std::map<Indices, int> seen;  // down, right, flip
  for (std::int64_t index = 0; index < count; ++index) {
    Values whole = plain.batch(Indices{index})["images"].to_vector<float>();
    for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
      Values found = image(samples, index, epoch);
      int matches = 0;
      for (std::int64_t down = -padding; down <= padding; ++down)
        for (std::int64_t right = -padding; right <= padding; ++right)
          for (bool flip : {false, true})
            if (found == moved(whole, down, right, flip)) {
              ++matches;
              ++seen[{down, right, flip}];
            }
      REQUIRE(matches == 1);
    }
  }
  // 2,000 draws over 50 cases: 40 each, with a standard deviation of 6.3; six of them are allowed.
  CHECK(seen.size() == 50);
  for (const auto& [which, times] : seen) CHECK(std::abs(times - 40) < 38);
  int flipped = 0;
  for (const auto& [which, times] : seen) flipped += which[2] ? times : 0;
  CHECK(std::abs(flipped - 1000) < 6 * 23);  // a standard deviation of 22.4
}

TEST_CASE("a cut-out is a square about a pixel, through all channels", "[data]") {
  constexpr std::int64_t epochs = 300;
  TensorDataset plain = numbered(2);
  Values whole = plain.batch(Indices{1})["images"].to_vector<float>();
  for (std::int64_t side : {1, 2, 3, 5}) {
    Augmented samples(plain, {.cutout = side});
    std::set<Values> expected, seen;
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x) {
        Values cut = whole;
        for (std::int64_t c = 0; c < channels; ++c)
          for (std::int64_t i = y - side / 2; i < y - side / 2 + side; ++i)
            for (std::int64_t j = x - side / 2; j < x - side / 2 + side; ++j)
              if (i >= 0 && i < height && j >= 0 && j < width)
                cut[static_cast<std::size_t>(c * area + i * width + j)] = 0;
        expected.insert(cut);
      }
    for (std::int64_t epoch = 0; epoch < epochs; ++epoch) seen.insert(image(samples, 1, epoch));
    CAPTURE(side);
    // Of 35 squares one is missed with a probability of 35 (34/35)^300, which is 0.6 %, per side;
    // the seed is one of those where none is.
    CHECK(seen == expected);
  }
}

TEST_CASE("what is normalised was padded before and is cut afterwards", "[data]") {
  TensorDataset plain = numbered(3);
  TensorDataset ones{{"images", Tensor::full({3, channels, height, width}, 1)}};
  Augmentation what{.seed = 5, .padding = 3, .flip = true};
  Augmented before(plain, what), cut(ones, {.seed = 5, .cutout = 2});
  what.normalisation = {{10, 2}, {-1, 0.5f}};
  what.cutout = 2;
  Augmented samples(plain, what);
  for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
    Values moved = image(before, 2, epoch), kept = image(cut, 2, epoch);
    Values found = image(samples, 2, epoch);
    for (std::size_t p = 0; p < found.size(); ++p) {
      auto [mean, stddev] = what.normalisation[p / area];
      REQUIRE(found[p] == (kept[p] == 0 ? 0 : (moved[p] - mean) / stddev));
    }
  }
}

TEST_CASE("an image depends on seed, epoch and index, not on its batch", "[data]") {
  TensorDataset plain = numbered(20);
  Augmentation what{.seed = 7, .padding = 2, .flip = true, .cutout = 3};
  Augmented samples(plain, what);
  data::Batch batch = samples.batch_in_epoch(Indices{19, 3, 3, 11}, 4);
  for (auto [place, index] : {std::pair(0, 19), {1, 3}, {2, 3}, {3, 11}})
    CHECK(batch["images"].slice(0, place, place + 1).to_vector<float>() ==
          image(samples, index, 4));
  what.seed = 8;
  Augmented others(plain, what);
  int same_epoch = 0, same_seed = 0;
  for (std::int64_t index = 0; index < 20; ++index) {
    same_epoch += image(samples, index, 0) == image(samples, index, 1);
    same_seed += image(samples, index, 0) == image(others, index, 0);
  }
  CHECK(same_epoch < 3);
  CHECK(same_seed < 3);
}

TEST_CASE("a loader augments by the epoch, the same on any number of ranks", "[data]") {
  TensorDataset plain = numbered(23);
  Augmented samples(plain, {.seed = 2, .padding = 2, .flip = true, .cutout = 2});
  for (int ranks : {1, 2, 4})
    for (int rank = 0; rank < ranks; ++rank) {
      data::DistributedSampler sampler(23, {.batch = 3, .shards = 4}, rank, ranks);
      data::Loader loader(samples, sampler);
      for (std::int64_t epoch = 0; epoch < 3; ++epoch)
        for (auto& step : loader)
          for (auto [images, labels] : step)
            for (std::int64_t i = 0; i < labels.size(0); ++i)
              REQUIRE(images.slice(0, i, i + 1).to_vector<float>() ==
                      image(samples, labels.data<std::int64_t>()[i], epoch));
    }
}

TEST_CASE("an augmentation says what does not fit", "[data]") {
  TensorDataset plain = numbered(3);
  auto making = [&](const Augmentation& what) { return error_of([&] { Augmented(plain, what); }); };
  CHECK(making({.padding = 5, .cutout = 5}).empty());
  CHECK(making({.padding = -1}) ==
        "data::Augmented: found padding -1 for images [2, 5, 7], expected 0 to 5");
  CHECK(contains(making({.padding = 6}), "found padding 6"));
  CHECK(contains(making({.cutout = 6}), "found cutout 6 for images [2, 5, 7]"));
  CHECK(
      contains(making({.normalisation = {{0, 1}}}), "found 1 normalisations for images [2, 5, 7]"));
  CHECK(
      contains(making({.normalisation = {{0, 1}, {0, 0}}}), "found standard deviation 0, expect"));
  CHECK(contains(making({.field = "pixels"}), "found no field pixels in the data set"));
  CHECK(
      contains(making({.field = "labels"}), "found i64 [] as field labels, expected images: f32"));
  for (std::int64_t bad : {-1, 3})
    CHECK(contains(error_of([&] { Augmented(plain, {}).batch(Indices{bad}); }),
                   text("data::Augmented: found index ", bad, " in a data set of 3 samples")));
}
