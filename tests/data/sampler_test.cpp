#include "tutti/data/sampler.h"

#include <algorithm>
#include <limits>
#include <map>

#include "support/catch.h"
#include "support/files.h"

using namespace tutti;
using namespace tutti::test;
using data::DistributedSampler;
using data::SamplerOptions;

namespace {

using Indices = std::vector<std::int64_t>;

// The shards of every step in global order, put together from what each of the ranks gets.
std::vector<std::vector<Indices>> epoch_of(std::int64_t size, const SamplerOptions& options,
                                           int ranks, std::int64_t epoch = 0) {
  std::vector<std::vector<Indices>> steps;
  for (int rank = 0; rank < ranks; ++rank) {
    DistributedSampler sampler(size, options, rank, ranks);
    sampler.set_epoch(epoch);
    if (rank == 0) steps.resize(static_cast<std::size_t>(sampler.steps()));
    REQUIRE(static_cast<std::size_t>(sampler.steps()) == steps.size());
    for (std::size_t step = 0; step < steps.size(); ++step) {
      steps[step].resize(static_cast<std::size_t>(sampler.shards()));
      for (std::int64_t shard = 0; shard < sampler.shards_per_rank(); ++shard) {
        auto indices = sampler.shard(static_cast<std::int64_t>(step), shard);
        auto& whole = steps[step].at(static_cast<std::size_t>(sampler.global_shard(shard)));
        whole.assign(indices.begin(), indices.end());
      }
    }
  }
  return steps;
}

Indices joined(const std::vector<std::vector<Indices>>& steps) {
  Indices all;
  for (const auto& step : steps)
    for (const auto& shard : step) all.insert(all.end(), shard.begin(), shard.end());
  return all;
}

bool each_once(Indices indices, std::int64_t size) {
  std::sort(indices.begin(), indices.end());
  for (std::size_t i = 0; i < indices.size(); ++i)
    if (indices[i] != static_cast<std::int64_t>(i)) return false;
  return static_cast<std::int64_t>(indices.size()) == size;
}

}  // namespace

TEST_CASE("every sample comes once an epoch, whoever shares the work", "[data]") {
  int ranks = GENERATE(1, 2, 3, 4, 5, 8);
  std::int64_t per_rank = GENERATE(1, 2, 4);
  std::int64_t batch = GENERATE(1, 3, 16);
  std::int64_t shards = ranks * per_rank;
  SamplerOptions options{.batch = batch, .shards = shards, .seed = 5};
  for (std::int64_t size = 1; size <= 200; ++size) {
    CAPTURE(ranks, shards, batch, size);
    auto steps = epoch_of(size, options, ranks, 1);
    if (!each_once(joined(steps), size)) FAIL("not each sample once");
    REQUIRE(static_cast<std::int64_t>(steps.size()) ==
            (size + shards * batch - 1) / (shards * batch));
    for (std::size_t step = 0; step < steps.size(); ++step) {
      std::size_t least = steps[step].back().size(), most = steps[step].front().size();
      for (const auto& shard : steps[step])
        if (shard.size() < least || shard.size() > most || most > least + 1)
          FAIL("unevenly spread over the shards");
      if (step + 1 < steps.size() && least != static_cast<std::size_t>(batch))
        FAIL("a short shard before the last step");
    }
    if (ranks > 1 && steps != epoch_of(size, options, 1, 1)) FAIL("depends on the number of ranks");
  }
}

TEST_CASE("each rank has the shards of its placement", "[data]") {
  auto shards_of = [](Placement placement, int rank, int ranks) {
    DistributedSampler sampler(100, {.shards = 8, .placement = placement}, rank, ranks);
    Indices shards;
    for (std::int64_t i = 0; i < sampler.shards_per_rank(); ++i)
      shards.push_back(sampler.global_shard(i));
    return shards;
  };
  REQUIRE(shards_of(Placement::consecutive, 1, 2) == Indices{4, 5, 6, 7});
  REQUIRE(shards_of(Placement::consecutive, 2, 4) == Indices{4, 5});
  REQUIRE(shards_of(Placement::strided, 1, 2) == Indices{1, 3, 5, 7});
  REQUIRE(shards_of(Placement::strided, 2, 4) == Indices{2, 6});
  REQUIRE(shards_of(Placement::strided, 7, 8) == Indices{7});
  REQUIRE(shards_of(Placement::strided, 0, 1) == shards_of(Placement::consecutive, 0, 1));
  for (std::int64_t size : {1, 7, 99, 100}) {
    SamplerOptions options{.batch = 3, .shards = 8};
    auto steps = epoch_of(size, options, 1, 1);
    options.placement = Placement::strided;
    for (int ranks : {1, 2, 4, 8}) REQUIRE(epoch_of(size, options, ranks, 1) == steps);
  }
}

TEST_CASE("a full-sized epoch is shared out too", "[data]") {
  for (std::int64_t size : {59999, 60000}) {
    SamplerOptions options{.batch = 64, .shards = 8};
    auto alone = epoch_of(size, options, 1, 7);
    REQUIRE(each_once(joined(alone), size));
    REQUIRE(alone == epoch_of(size, options, 2, 7));
    REQUIRE(alone == epoch_of(size, options, 8, 7));
    REQUIRE(alone.back().back().size() <= 64);
  }
}

TEST_CASE("the order depends on seed and epoch alone", "[data]") {
  auto order = [](std::int64_t batch, std::int64_t shards, std::uint64_t seed, std::int64_t epoch) {
    return joined(epoch_of(1000, {.batch = batch, .shards = shards, .seed = seed}, 1, epoch));
  };
  Indices first = order(4, 2, 0, 0);
  REQUIRE(first == order(10, 3, 0, 0));
  REQUIRE(first != order(4, 2, 0, 1));
  REQUIRE(first != order(4, 2, 1, 0));
  REQUIRE(order(4, 2, 0, 1) != order(4, 2, 0, 2));

  DistributedSampler sampler(1000, {}, 0, 1);  // going back to an epoch gives it again
  Indices before(sampler.shard(0, 0).begin(), sampler.shard(0, 0).end());
  sampler.set_epoch(3);
  sampler.set_epoch(0);
  REQUIRE(std::equal(before.begin(), before.end(), sampler.shard(0, 0).begin()));
}

TEST_CASE("without shuffling the order is that of the data set", "[data]") {
  Indices all = joined(epoch_of(50, {.batch = 4, .shards = 2, .shuffle = false}, 2, 9));
  REQUIRE(std::is_sorted(all.begin(), all.end()));
  REQUIRE(all.size() == 50);
}

// 24 orders of four samples, 200 expected of each; the chi-square's 0.9999 quantile is below 60.
TEST_CASE("every order is as likely as any other", "[data]") {
  std::map<Indices, double> count;
  DistributedSampler sampler(4, {.batch = 4, .seed = 11}, 0, 1);
  for (std::int64_t epoch = 0; epoch < 24 * 200; ++epoch) {
    sampler.set_epoch(epoch);
    auto order = sampler.shard(0, 0);
    ++count[Indices(order.begin(), order.end())];
  }
  REQUIRE(count.size() == 24);
  double chi_square = 0;
  for (auto& [order, n] : count) chi_square += (n - 200) * (n - 200) / 200;
  REQUIRE(chi_square < 60);
}

TEST_CASE("a batch larger than the data set makes one step", "[data]") {
  SamplerOptions options{.batch = std::numeric_limits<std::int64_t>::max(), .shards = 4};
  auto steps = epoch_of(10, options, 2);
  REQUIRE(steps.size() == 1);
  REQUIRE(each_once(joined(steps), 10));
  REQUIRE(steps[0][0].size() == 3);
  REQUIRE(steps[0][3].size() == 2);
  REQUIRE(DistributedSampler(10, options, 1, 2).samples(0) == 10);
}

TEST_CASE("with drop_last all steps are whole", "[data]") {
  for (auto [size, steps] : {std::pair(12, 2), std::pair(17, 2), std::pair(18, 3)}) {
    DistributedSampler sampler(size, {.batch = 3, .shards = 2, .drop_last = true}, 0, 1);
    CHECK(sampler.steps() == steps);
    for (std::int64_t step = 0; step < steps; ++step)
      for (std::int64_t shard : {0, 1}) CHECK(sampler.shard(step, shard).size() == 3);
  }
  CHECK(contains(error_of([] {
                   DistributedSampler sampler(5, {.batch = 3, .shards = 2, .drop_last = true}, 0,
                                              1);
                 }),
                 "found a data set of 5 samples, expected at least 2 x 3"));
}

TEST_CASE("shards default to one per rank", "[data]") {
  DistributedSampler sampler(100, {.batch = 10}, 2, 3);
  REQUIRE(sampler.shards() == 3);
  REQUIRE(sampler.shards_per_rank() == 1);
  REQUIRE(sampler.steps() == 4);
  REQUIRE(sampler.samples(0) == 30);
  REQUIRE(sampler.samples(3) == 10);
}

TEST_CASE("the sampler says what does not fit", "[data]") {
  auto making = [](std::int64_t size, const SamplerOptions& options, int rank, int ranks) {
    return error_of([&] { DistributedSampler(size, options, rank, ranks); });
  };
  REQUIRE(
      making(10, {.shards = 4}, 0, 3) ==
      "data::DistributedSampler: found 4 shards for 3 ranks, expected a multiple of 3, 1 or more");
  REQUIRE(contains(making(10, {.shards = 2}, 0, 4), "found 2 shards for 4 ranks"));
  REQUIRE(contains(making(10, {.shards = -1}, 0, 1), "found -1 shards for 1 rank,"));
  REQUIRE(making(10, {.shards = 12}, 0, 2) == "");
  REQUIRE(making(10, {.shards = 6}, 0, 1) == "");
  SamplerOptions strided{.shards = 6, .placement = Placement::strided};
  REQUIRE(contains(making(10, strided, 0, 3), "found 3 ranks, expected a power of two"));
  REQUIRE(making(10, strided, 0, 2) == "");
  REQUIRE(making(10, strided, 0, 1) == "");
  REQUIRE(contains(making(0, {}, 0, 1), "data set of 0 samples"));
  REQUIRE(contains(making(10, {.batch = 0}, 0, 1), "found batch 0"));
  REQUIRE(contains(making(10, {}, 2, 2), "found rank 2 of 2"));
  REQUIRE(contains(making(10, {}, -1, 2), "found rank -1 of 2"));
  REQUIRE(contains(making(10, {}, 0, 0), "found rank 0 of 0"));

  DistributedSampler sampler(10, {.batch = 5}, 0, 1);
  REQUIRE(contains(error_of([&] { sampler.shard(2, 0); }), "found step 2, expected 0 to 1"));
  REQUIRE(contains(error_of([&] { sampler.shard(0, 1); }), "found shard 1"));
  REQUIRE(contains(error_of([&] { sampler.set_epoch(-1); }), "found epoch -1"));
}

TEST_CASE("a sampler's state is taken up by any number of ranks", "[data]") {
  SamplerOptions options{.batch = 4, .shards = 4, .seed = ~std::uint64_t{0}};
  DistributedSampler before(103, options, 1, 2);
  before.set_epoch(5);
  StateDict state = before.state_dict();
  state.set("step", 3);
  options.placement = Placement::strided;
  for (int ranks : {1, 2, 4}) {
    DistributedSampler after(103, options, ranks - 1, ranks);
    after.load_state_dict(state);
    after.set_epoch(5);  // as a loop over epochs does: changes nothing
    REQUIRE(after.epoch() == 5);
    REQUIRE(after.next_step() == 3);
    for (const auto& [name, value] : after.state_dict())
      REQUIRE(std::get<std::int64_t>(value) == state.at<std::int64_t>(name));
  }
  REQUIRE(epoch_of(103, options, 1, 5) == epoch_of(103, options, 4, 5));

  DistributedSampler after(103, options, 0, 1);
  state.set("step", before.steps());  // saved in the last step's body
  after.load_state_dict(state);
  REQUIRE(after.epoch() == 6);
  REQUIRE(after.next_step() == 0);
}

TEST_CASE("a state of another order is one error", "[data]") {
  DistributedSampler before(100, {.batch = 4, .shards = 4, .seed = 1}, 0, 1);
  before.set_epoch(2);
  StateDict state = before.state_dict();
  DistributedSampler after(90, {.batch = 5, .shards = 2, .seed = 3, .shuffle = false}, 0, 1);
  auto error = [&](DistributedSampler& sampler) {
    return error_of([&] { sampler.load_state_dict(state); });
  };
  REQUIRE(error(after) ==
          "data::DistributedSampler: the state does not fit: found size (100, expected 90), batch "
          "(4, expected 5), shards (4, expected 2), seed (1, expected 3), shuffle (1, expected 0); "
          "load what was saved from one that was made alike");
  REQUIRE(after.epoch() == 0);
  for (std::int64_t step : {-1, 8}) {
    state.set("step", step);
    REQUIRE(contains(error(before), text("found epoch 2, step ", step,
                                         ", expected epoch 0 or "
                                         "more, step 0 to 7")));
  }
  state.set("epoch", -1);
  REQUIRE(contains(error(before), "found epoch -1"));
  state.set("epoch", "two");
  REQUIRE(contains(error(before), "found epoch (text, expected an integer)"));
  REQUIRE(before.epoch() == 2);
  state = StateDict();
  REQUIRE(contains(error(before),
                   "missing size, batch, shards, seed, shuffle, drop_last, lengths, epoch, step"));
}

TEST_CASE("copies of a sampler have one cursor", "[data]") {
  DistributedSampler sampler(10, {}, 0, 1);
  DistributedSampler copy = sampler;
  copy.set_epoch(3);
  REQUIRE(sampler.epoch() == 3);
}
