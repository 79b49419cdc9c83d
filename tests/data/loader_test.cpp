#include "tutti/data/loader.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <numeric>
#include <thread>

#include "support/catch.h"
#include "support/files.h"

using namespace tutti;
using namespace tutti::test;
using data::Batch;
using data::DistributedSampler;
using data::Field;
using data::Loader;

namespace {

// Images [1, 8, 8] filled with their index. May fail at an index, and be slow.
class Counted : public data::Dataset {
 public:
  explicit Counted(std::int64_t size, std::int64_t fails_at = -1) : size_(size), bad_(fails_at) {}

  std::int64_t size() const override { return size_; }
  std::vector<Field> fields() const override {
    return {{"images", {1, 8, 8}}, {"labels", {}, Dtype::i64}};
  }
  Batch batch(std::span<const std::int64_t> indices) const override {
    std::this_thread::sleep_for(delay);
    ++calls;
    Batch out = empty_batch(indices);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (indices[i] == bad_) raise("Counted: sample ", bad_, " is bad");
      out["labels"].mutable_data<std::int64_t>()[i] = indices[i];
      std::fill_n(out["images"].mutable_data<float>() + 64 * i, 64, static_cast<float>(indices[i]));
    }
    return out;
  }

  std::chrono::microseconds delay{0};
  mutable std::atomic<int> calls{0};

 private:
  std::int64_t size_;
  std::int64_t bad_;
};

std::vector<std::int64_t> labels_of(Loader& loader) {
  std::vector<std::int64_t> seen;
  for (auto& step : loader)
    for (auto [images, labels] : step)
      for (std::int64_t label : labels.to_vector<std::int64_t>()) seen.push_back(label);
  return seen;
}

}  // namespace

TEST_CASE("a loader gives the sampler's shards in order", "[data]") {
  Counted samples(103);
  for (int rank = 0; rank < 2; ++rank) {
    for (std::int64_t prefetch : {1, 2, 50}) {
      for (std::int64_t threads : {1, 2, 5}) {
        samples.delay = std::chrono::microseconds(threads > 1 ? 20 : 0);
        DistributedSampler sampler(103, {.batch = 5, .shards = 4, .seed = 2}, rank, 2);
        std::int64_t steps = 0;
        for (auto& step : Loader(samples, sampler, {.prefetch = prefetch, .threads = threads})) {
          REQUIRE(step.index() == steps);
          REQUIRE(step.samples() == sampler.samples(steps));
          REQUIRE(step.size() == 2);
          std::int64_t shard = 0;
          for (auto [images, labels] : step) {
            auto expected = sampler.shard(steps, shard++);
            REQUIRE(labels.to_vector<std::int64_t>() ==
                    std::vector<std::int64_t>(expected.begin(), expected.end()));
            REQUIRE(images.size(0) == labels.size(0));
            if (images.size(0))
              REQUIRE(images.data<float>()[63] == static_cast<float>(expected[0]));
          }
          REQUIRE(shard == 2);
          ++steps;
        }
        REQUIRE(steps == sampler.steps());
      }
    }
  }
}

TEST_CASE("several threads fetch at once", "[data]") {
  // Waits until two are here at a time: with one thread it would not end.
  struct Meeting : Counted {
    using Counted::Counted;
    Batch batch(std::span<const std::int64_t> indices) const override {
      std::unique_lock lock(mutex);
      ++here;
      changed.notify_all();
      bool met = changed.wait_for(lock, std::chrono::seconds(60), [&] { return here >= 2; });
      if (!met) raise("Meeting: found one thread, expected two");
      return Counted::batch(indices);
    }
    mutable std::mutex mutex;
    mutable std::condition_variable changed;
    mutable int here = 0;
  };
  Meeting samples(40);
  Loader loader(samples, DistributedSampler(40, {.batch = 4, .shuffle = false}, 0, 1),
                {.threads = 2});
  std::vector<std::int64_t> expected(40);
  std::iota(expected.begin(), expected.end(), 0);
  REQUIRE(labels_of(loader) == expected);
}

TEST_CASE("a loader gives empty shards as empty batches", "[data]") {
  Counted samples(3);
  DistributedSampler sampler(3, {.batch = 4, .shards = 8}, 1, 2);  // shards 4 to 7 of 8
  std::int64_t steps = 0;
  for (auto& step : Loader(samples, sampler)) {
    ++steps;
    for (auto [images, labels] : step) {
      REQUIRE(images.shape() == Shape{0, 1, 8, 8});
      REQUIRE(labels.shape() == Shape{0});
    }
  }
  REQUIRE(steps == 1);
}

TEST_CASE("a loader goes from epoch to epoch", "[data]") {
  Counted samples(20);
  DistributedSampler sampler(20, {.batch = 3}, 0, 1);
  Loader loader(samples, sampler);
  auto first = labels_of(loader);
  REQUIRE(first.size() == 20);
  REQUIRE(sampler.epoch() == 1);
  auto second = labels_of(loader);
  REQUIRE(second != first);
  sampler.set_epoch(0);
  REQUIRE(labels_of(loader) == first);
  for ([[maybe_unused]] auto& step : loader) break;
  REQUIRE(sampler.epoch() == 1);  // it was left there, and begins anew
  REQUIRE(labels_of(loader) == second);
}

TEST_CASE("leaving the loop early ends the fetching", "[data]") {
  Counted samples(1000);
  DistributedSampler sampler(1000, {.batch = 1}, 0, 1);
  SECTION("by break") {
    for (auto& step : Loader(samples, sampler, {.prefetch = 3}))
      if (step.index() == 4) break;
  }
  SECTION("by an exception") {
    auto loop = [&] {
      for (auto& step : Loader(samples, sampler, {.prefetch = 3}))
        if (step.index() == 4) throw 7;
    };
    REQUIRE_THROWS_AS(loop(), int);
  }
  SECTION("before it began") {
    Loader(samples, sampler);
  }
  int calls = samples.calls;
  REQUIRE(calls <= 8);  // 5 that the loop saw, 3 ahead
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  REQUIRE(samples.calls == calls);
}

TEST_CASE("what the data set throws comes out at its step", "[data]") {
  std::int64_t threads = GENERATE(1, 3);
  for (std::int64_t bad : {0, 17, 29}) {
    Counted samples(30, bad);
    DistributedSampler sampler(30, {.batch = 3, .shuffle = false}, 0, 1);
    std::int64_t steps = 0;
    std::string message = error_of([&] {
      for ([[maybe_unused]] auto& step : Loader(samples, sampler, {.threads = threads})) ++steps;
    });
    REQUIRE(message == text("Counted: sample ", bad, " is bad"));
    REQUIRE(steps == bad / 3);
  }
}

TEST_CASE("another exception of the data set comes out with its step and epoch", "[data]") {
  struct Reader : Counted {
    using Counted::Counted;
    Batch batch(std::span<const std::int64_t> indices) const override {
      if (indices[0] == 6) throw std::out_of_range("map::at");
      return Counted::batch(indices);
    }
  };
  Reader samples(12);
  DistributedSampler sampler(12, {.batch = 3, .shuffle = false}, 0, 1);
  sampler.set_epoch(4);
  std::int64_t steps = 0;
  try {
    for ([[maybe_unused]] auto& step : Loader(samples, sampler)) ++steps;
    FAIL("expected an Error");
  } catch (const Error& error) {
    CHECK(error.what() ==
          text("data::Loader: in batch() of step 2, epoch 4: found an exception: map::at"));
    CHECK_THROWS_AS(std::rethrow_if_nested(error), std::out_of_range);
  }
  CHECK(steps == 2);
}

// It keeps a reference: one that lives as long as the call does not compile.
static_assert(std::is_constructible_v<Loader, Counted&, DistributedSampler>);
static_assert(!std::is_constructible_v<Loader, Counted, DistributedSampler>);
static_assert(!std::is_constructible_v<Loader, Counted, DistributedSampler, data::LoaderOptions>);

TEST_CASE("after its first step a loader asks the system for no memory", "[data]") {
  std::int64_t threads = GENERATE(1, 3);
  Counted samples(257);
  DistributedSampler sampler(257, {.batch = 16, .shards = 2}, 0, 1);
  auto asked = [&] { return samples.device().allocator().statistics(); };
  std::uint64_t calls = 0;
  for (int epoch = 0; epoch < 4; ++epoch) {
    samples.delay = std::chrono::microseconds(epoch % 2 ? 300 : 0);
    sampler.set_epoch(epoch);
    for (auto& step : Loader(samples, sampler, {.threads = threads})) {
      if (epoch % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
      if (calls == 0) calls = asked().source_calls;
      for (auto [images, labels] : step) REQUIRE(images.size(0) == labels.size(0));
    }
    REQUIRE(asked().source_calls == calls);
    REQUIRE(asked().live_bytes == 0);
  }
}

TEST_CASE("batches outlive loader and data set", "[data]") {
  std::vector<Batch> kept;
  {
    Counted samples(12);
    for (auto& step : Loader(samples, DistributedSampler(12, {.batch = 4}, 0, 1)))
      kept.push_back(*step.begin());
  }
  std::int64_t sum = 0;
  for (auto& batch : kept)
    for (std::int64_t label : batch["labels"].to_vector<std::int64_t>()) sum += label;
  REQUIRE(sum == 66);
}

TEST_CASE("a loader says what does not fit", "[data]") {
  Counted samples(10);
  auto making = [&](std::int64_t size, std::int64_t prefetch, std::int64_t threads = 1) {
    data::LoaderOptions options{.prefetch = prefetch, .threads = threads};
    return error_of([&] { Loader(samples, DistributedSampler(size, {}, 0, 1), options); });
  };
  REQUIRE(contains(making(11, 2), "found a sampler for 11 samples and a data set of 10"));
  REQUIRE(contains(making(10, 0), "found prefetch 0 and 1 thread, expected 1 or more of each"));
  REQUIRE(contains(making(10, 2, 0), "found prefetch 2 and 0 threads"));
}

namespace {

// Declares one thing and gives another.
class Liar : public data::Dataset {
 public:
  Liar(std::vector<Field> declared, Batch given)
      : declared_(std::move(declared)), given_(std::move(given)) {}
  std::int64_t size() const override { return 2; }
  std::vector<Field> fields() const override { return declared_; }
  Batch batch(std::span<const std::int64_t>) const override { return given_; }

 private:
  std::vector<Field> declared_;
  Batch given_;
};

}  // namespace

TEST_CASE("a batch that contradicts its data set is one error", "[data]") {
  Tensor x = Tensor::zeros({2, 3}), y = Tensor::zeros({2}, Dtype::i64);
  std::vector<Field> declared{{"x", {3}}, {"y", {}, Dtype::i64}};
  auto error = [&](const Batch& given) {
    Liar liar(declared, given);
    return error_of([&] {
      for ([[maybe_unused]] auto& step : Loader(liar, DistributedSampler(2, {}, 0, 1))) continue;
    });
  };
  REQUIRE(error({{"x", x}, {"y", y}}).empty());
  REQUIRE(error({{"x", Tensor::zeros({2, 4})}, {"y", y}}) ==
          "(anonymous namespace)::Liar::batch: field x: found f32 [2, 4], expected f32 [2, 3]; let "
          "batch() give what fields() say");
  REQUIRE(contains(error({{"x", x}, {"y", y.to(Dtype::i32)}}),
                   "field y: found i32 [2], expected i64 [2]"));
  REQUIRE(contains(error({{"x", x.slice(0, 0, 1)}, {"y", y}}), "field x: found f32 [1, 3]"));
  REQUIRE(contains(error({{"x", x}}), "field y: found no tensor, expected i64 [2]"));
  REQUIRE(contains(error({{"y", y}, {"x", x}}), "field x: found tensor y in its place"));
  REQUIRE(
      contains(error({{"x", x}, {"y", y}, {"z", y}}), "field z: found a tensor, expected none"));
  REQUIRE(contains(error({{"x", Tensor()}, {"y", y}}), "field x: found a tensor that holds noth"));
}

TEST_CASE("a loop goes on where a state was taken, on another number of ranks", "[data]") {
  Counted samples(103);
  data::SamplerOptions options{.batch = 4, .shards = 4, .seed = 2};
  // What the ranks see of each step from here to the end of epoch 2, by shard.
  auto rest = [&](int ranks, const StateDict* state) {
    std::map<std::vector<std::int64_t>, std::vector<std::int64_t>> seen;  // epoch, step, shard
    for (int rank = 0; rank < ranks; ++rank) {
      DistributedSampler sampler(103, options, rank, ranks);
      Loader loader(samples, sampler);
      if (state) loader.load_state_dict(*state);
      while (sampler.epoch() < 3) {
        std::int64_t epoch = sampler.epoch();
        for (auto& step : loader) {
          std::int64_t local = 0;
          for (auto [images, labels] : step)
            seen[{epoch, step.index(), sampler.global_shard(local++)}] =
                labels.to_vector<std::int64_t>();
        }
      }
    }
    return seen;
  };
  auto whole = rest(1, nullptr);
  for (std::int64_t stop : {0, 2, 6}) {  // 6 is the last step
    DistributedSampler sampler(103, options, 0, 2);
    sampler.set_epoch(1);
    Loader loader(samples, sampler);
    StateDict state;
    for (auto& step : loader) {
      REQUIRE(sampler.next_step() == step.index() + 1);
      if (step.index() < stop) continue;
      state = loader.state_dict();
      break;
    }
    auto expected = whole;
    std::erase_if(expected, [&](const auto& entry) {
      return entry.first[0] < 1 || (entry.first[0] == 1 && entry.first[1] <= stop);
    });
    for (int ranks : {1, 2, 4}) REQUIRE(rest(ranks, &state) == expected);
    options.placement = Placement::strided;
    REQUIRE(rest(4, &state) == expected);
    options.placement = Placement::consecutive;
  }
}
