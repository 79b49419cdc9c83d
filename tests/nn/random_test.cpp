// What random layers draw: by seed, path, step, shard, call and element alone.
#include "tutti/nn/random_position.h"

#include <mutex>
#include <set>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/comm/threads.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/sequential.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

using Values = std::vector<float>;

// Its outputs are its masks where it is given ones and its weight is one.
nn::Sequential masking() {
  nn::Sequential model(nn::Dropout(0.5), nn::Linear(1, 1, false), nn::Dropout(0.5));
  model.set_init("1.weight", nn::ones());
  return model;
}

Values values_of(const Variable& x) {
  return x.value().to_vector<float>();
}

std::shared_ptr<nn::RandomPosition> position_at(std::uint64_t step, std::uint32_t shard) {
  auto position = std::make_shared<nn::RandomPosition>();
  position->step = step;
  position->shard = shard;
  return position;
}

// The masks of two steps' shards, of two calls each, by (step, shard, call).
std::map<std::array<std::uint64_t, 3>, Values> masks_on(int ranks, Placement placement) {
  std::map<std::array<std::uint64_t, 3>, Values> masks;
  std::mutex mutex;
  run_threads(ranks, [&](Communicator& world) {
    nn::Sequential model = masking();
    model.initialise(6);
    parallel::DataParallel wrapped(world, model, {.shards = 4, .placement = placement});
    Tensor x = Tensor::full({64, 1}, 1);
    auto each = static_cast<std::uint64_t>(4 / ranks), rank = std::uint64_t(world.rank());
    for (std::uint64_t step = 0; step < 2; ++step) {
      for (std::uint64_t local = 0; local < each; ++local) {
        std::uint64_t shard = placement == Placement::strided ? local * std::uint64_t(ranks) + rank
                                                              : rank * each + local;
        auto open = wrapped.shard({.weight = 1});
        Variable first = open(x), second = open(x);
        sum(first + second).backward();
        std::lock_guard lock(mutex);
        masks[{step, shard, 0}] = values_of(first);
        masks[{step, shard, 1}] = values_of(second);
      }
      model.zero_grad();
    }
  });
  return masks;
}

}  // namespace

TEST_CASE("every step, shard and call has a mask of its own, the same on any layout") {
  auto masks = masks_on(1, Placement::consecutive);
  REQUIRE(masks.size() == 16);
  std::set<Values> different;
  for (const auto& [place, mask] : masks) different.insert(mask);
  CHECK(different.size() == 16);
  for (int ranks : {2, 4}) CHECK(masks_on(ranks, Placement::consecutive) == masks);
  CHECK(masks_on(2, Placement::strided) == masks);
}

TEST_CASE("seed and path tell modules apart") {
  auto mask = [](std::uint64_t seed, int layer) {
    nn::Sequential model(nn::Dropout(0.5), nn::Dropout(0.5));
    model.initialise(seed);
    model.set_random_position(position_at(0, 0));
    return values_of(model.slice(layer, layer + 1)(Tensor::full({64}, 1)));
  };
  CHECK(mask(1, 0) == mask(1, 0));
  CHECK(mask(1, 0) != mask(1, 1));
  CHECK(mask(1, 0) != mask(2, 0));
}

TEST_CASE("a layer that nobody gave a seed says so, and in evaluation needs none") {
  const Tensor x = Tensor::full({64}, 1);
  nn::Dropout alone(0.5), added(0.5);
  nn::Sequential nobody(nn::Dropout(0.5), nn::Dropout(0.5)), model(nn::Dropout(0.5));
  model.initialise(1);
  model(x);
  model.append(added);
  for (bool placed : {false, true}) {
    if (placed)
      for (nn::Module module : {nn::Module(alone), nn::Module(nobody), nn::Module(model)})
        module.set_random_position(position_at(0, 0));
    for (const std::string& error : {error_of([&] { alone(x); }), error_of([&] { nobody(x); }),
                                     error_of([&] { model(x); }), error_of([&] { added(x); })}) {
      CHECK(contains(error, "Dropout: found no seed, expected one"));
      CHECK(contains(error, "call initialise(seed) or set_seed(seed)"));
    }
  }
  nobody.eval();
  CHECK(values_of(nobody(x)) == Values(64, 1));
  nobody.train();
  for (nn::Sequential* each : {&nobody, &model}) {
    each->set_seed(3);
    CHECK(values_of((*each)(x)) != Values(64, 1));
  }
  nn::Sequential loaded(nn::Dropout(0.5));
  loaded.load_state_dict(nn::Sequential(nn::Dropout(0.5)).state_dict());
  CHECK(values_of(loaded(x)) != Values(64, 1));
}

TEST_CASE("a model that was loaded draws as the one it came from") {
  nn::Sequential from = masking(), to = masking();
  from.initialise(0xFEDC'BA98'7654'3210);
  to.load_state_dict(from.state_dict());
  Tensor x = Tensor::full({64, 1}, 1);
  for (nn::Sequential* model : {&from, &to}) model->set_random_position(position_at(3, 1));
  Values first = values_of(from(x)), second = values_of(from(x));
  CHECK(first != second);
  CHECK(values_of(to(x)) == first);
  CHECK(values_of(to(x)) == second);
  // Without a wrapper, too, in the middle of a run.
  for (nn::Sequential* model : {&from, &to}) model->set_random_position(nullptr);
  first = values_of(from(x));
  StateDict state = from.state_dict();
  CHECK(state.at<std::int64_t>("2.random_calls") == 1);
  second = values_of(from(x));
  CHECK(first != second);
  to.load_state_dict(state);
  CHECK(values_of(to(x)) == second);
  state.set("1.random_calls", "2");
  CHECK_THROWS_AS(to.load_state_dict(state), Error);
  state = from.state_dict();
  for (std::int64_t bad : {std::int64_t{-1}, std::int64_t{1} << 32}) {  // counted in 32 bits
    state.set("2.random_calls", bad);
    CHECK(contains(error_of([&] { to.load_state_dict(state); }),
                   text("2.random_calls (", bad, ", expected 0 to 4294967295)")));
  }
}

TEST_CASE("no call of a shard meets another shard's or step's") {
  nn::Sequential model(nn::Dropout(0.5));
  model.initialise(1);
  Tensor x = Tensor::full({64}, 1);
  std::set<Values> different;
  auto draw = [&](std::uint64_t step, std::uint32_t shard, int calls) {
    model.set_random_position(position_at(step, shard));
    for (int call = 0; call < calls; ++call) different.insert(values_of(model(x)));
  };
  draw(0, 0, 5000);
  draw(0, 1, 100);
  draw(1, 0, 100);
  CHECK(different.size() == 5200);
  // At the ends of each number, and with numbers exchanged.
  std::set<std::pair<std::uint64_t, std::uint64_t>> addresses;
  const std::uint32_t most = ~std::uint32_t{0};
  std::size_t count = 0;
  for (std::uint64_t step : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{most},
                             std::uint64_t{most} + 1, ~std::uint64_t{0}})
    for (std::uint32_t shard : {0u, 1u, 4096u, most})
      for (std::uint32_t call : {0u, 1u, 4096u, most}) {
        auto [key, stream] = nn::random_draw(9, step, shard, call);
        addresses.insert({key, stream});
        ++count;
      }
  CHECK(addresses.size() == count);
}

TEST_CASE("shards that are open at once draw as when run one after the other") {
  auto masks = [](bool at_once) {
    std::vector<Values> out;
    run_threads(1, [&](Communicator& world) {
      nn::Sequential model = masking();
      model.initialise(6);
      parallel::DataParallel wrapped(world, model, {.shards = 2});
      Tensor x = Tensor::full({64, 1}, 1);
      if (at_once) {
        auto a = wrapped.shard({.weight = 1}), b = wrapped.shard({.weight = 1});
        Variable b0 = b(x), a0 = a(x), b1 = b(x), a1 = a(x);  // by turns
        for (const Variable& y : {a0, a1, b0, b1}) out.push_back(values_of(y));
        sum(a0 + a1).backward();
        sum(b0 + b1).backward();
      } else {
        for (int i = 0; i < 2; ++i) {
          auto shard = wrapped.shard({.weight = 1});
          Variable first = shard(x), second = shard(x);
          out.push_back(values_of(first));
          out.push_back(values_of(second));
          sum(first + second).backward();
        }
      }
    });
    return out;
  };
  std::vector<Values> expected = masks(false);
  CHECK(std::set<Values>(expected.begin(), expected.end()).size() == 4);
  CHECK(masks(true) == expected);
}
