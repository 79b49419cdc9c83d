// Runs that are saved, loaded and continued end with the bits of those that were not.
#include "tutti/tensor/state_dict.h"

#include <cmath>
#include <mutex>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/threads.h"
#include "tutti/data/loader.h"
#include "tutti/data/tensor_dataset.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/loss.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"
#include "tutti/optim/adam.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

nn::Sequential network() {
  return nn::Sequential(nn::Linear(3, 8), nn::ReLU(), nn::Dropout(0.3), nn::Linear(8, 2));
}

// Numbers in [-1, 1] that no symmetry relates.
Tensor numbers(const Shape& shape, int seed) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < shape.count(); ++i)
    values.push_back(static_cast<float>(std::sin(static_cast<double>(37 * i + 11 * seed))));
  return Tensor::from(values, shape);
}

// A copy that shares no memory, as what was written to a file.
StateDict stored(const StateDict& state) {
  StateDict out;
  for (const auto& [name, value] : state)
    out.set(name, std::holds_alternative<Tensor>(value) ? std::get<Tensor>(value).clone() : value);
  return out;
}

struct Sgd {
  static optim::Sgd make(const nn::Module& model) {
    return optim::Sgd(model.parameters(), {.lr = 0.1, .momentum = 0.9, .nesterov = true});
  }
};
struct Adam {
  static optim::Adam make(const nn::Module& model) { return optim::Adam(model.parameters()); }
};
struct AdamW {
  static optim::AdamW make(const nn::Module& model) {
    return optim::AdamW({{model.parameters(nn::is_matrix), {.lr = 0.01, .weight_decay = 0.1}},
                         {model.parameters("*.bias"), {.lr = 0.02, .weight_decay = 0}}});
  }
};

constexpr std::int64_t shards = 4;

// Trains from step `begin` of 6 to `end` on this many ranks. Begins from `state` unless that is
// empty, and leaves there what a checkpoint would hold. An epoch has 4 steps.
template <class Make>
std::string train(int ranks, std::int64_t begin, std::int64_t end, StateDict& state) {
  data::TensorDataset set(numbers({60, 3}, 1), numbers({60, 2}, 2));
  std::string result;
  std::mutex mutex;
  run_threads(ranks, [&](Communicator& world) {
    nn::Sequential model = network();
    model.initialise(state.empty() ? 3 : 99);
    if (!state.empty()) model.load_state_dict(state.sub("model."));
    parallel::DataParallel wrapped(world, model, {.shards = shards});
    auto optimizer = Make::make(model);
    data::DistributedSampler sampler(set.size(), {.batch = 4, .shards = shards}, world.rank(),
                                     world.size());
    if (!state.empty()) {
      wrapped.load_state_dict(state.sub("averager."));
      optimizer.load_state_dict(state.sub("optimizer."));
      sampler.load_state_dict(state.sub("sampler."));
    }
    std::int64_t done = begin;
    for (std::int64_t epoch = sampler.epoch(); done < end; ++epoch) {
      sampler.set_epoch(epoch);
      for (auto& step : data::Loader(set, sampler)) {
        for (auto [x, y] : step) nn::mse_loss(wrapped(x), y).backward();
        optimizer.set_lr(0, 0.05 / static_cast<double>(1 + done));
        optimizer.step();
        optimizer.zero_grad();
        if (++done == end) break;
      }
    }
    std::string digest = hex(parallel::agreed_digest(world, model));
    barrier(world);  // all have read the state
    if (world.rank() > 0) return;
    StateDict now;
    now.insert("model.", model.state_dict());
    now.insert("averager.", wrapped.state_dict());
    now.insert("optimizer.", optimizer.state_dict());
    now.insert("sampler.", sampler.state_dict());
    std::lock_guard lock(mutex);
    state = stored(now);
    result = digest;
  });
  return result;
}

template <class Make>
void check_continues() {
  StateDict whole, half;
  std::string expected = train<Make>(1, 0, 6, whole);
  CHECK(train<Make>(2, 0, 3, half) != expected);
  CHECK(half.at<std::int64_t>("averager.step") == 3);
  StateDict again = stored(half), other = stored(half);
  CHECK(train<Make>(2, 3, 6, again) == expected);
  CHECK(train<Make>(4, 3, 6, other) == expected);  // the shards are the same
  // Each part counts: without its seed, place or moments the run goes another way.
  for (auto& [name, value] : std::vector<StateDict::Entry>{
           {"model.random_seed", 4}, {"averager.step", 2}, {"sampler.step", 2}}) {
    INFO(name);
    StateDict changed = stored(half);
    changed.set(name, value);
    CHECK(train<Make>(1, 3, 6, changed) != expected);
  }
}

}  // namespace

TEST_CASE("sgd with momentum continues, also on another number of ranks") {
  check_continues<Sgd>();
}
TEST_CASE("adam continues, also on another number of ranks") {
  check_continues<Adam>();
}
TEST_CASE("adamw with groups continues, also on another number of ranks") {
  check_continues<AdamW>();
}

TEST_CASE("an optimizer's state is told by paths, and changes nothing that it does not fit") {
  nn::Sequential model(nn::Linear(2, 3), nn::Linear(3, 1, false), nn::Linear(7, 1));
  model.initialise(1);
  optim::AdamW adamw = AdamW::make(model);
  auto step = [&] {
    sum(model.slice(0, 2)(Tensor::full({4, 2}, 1))).backward();  // layer 2 gets no gradient
    adamw.step();
    adamw.zero_grad();
  };
  step();
  StateDict state = stored(adamw.state_dict());
  CHECK(state.at<std::int64_t>("0.weight.step") == 1);
  CHECK(state.at<double>("0.bias.lr") == 0.02);
  CHECK(state.at<std::int64_t>("2.weight.step") == 0);
  CHECK(!state.contains("2.weight.exp_avg"));
  // Groups in another order.
  optim::AdamW swapped({{model.parameters("*.bias"), {}}, {model.parameters(nn::is_matrix), {}}});
  swapped.load_state_dict(state);
  CHECK(swapped.lr(0) == 0.02);
  CHECK(swapped.state_dict().at<Tensor>("1.weight.exp_avg").to_vector<float>() ==
        state.at<Tensor>("1.weight.exp_avg").to_vector<float>());

  StateDict wrong;
  for (const auto& [name, value] : state)
    if (name != "0.weight.lr" && name != "0.bias.exp_avg_sq") wrong.set(name, value);
  wrong.set("1.weight.exp_avg", Tensor::zeros({3, 1}));
  wrong.set("0.bias.momentum", Tensor::zeros({3}));
  wrong.set("0.weight.step", 17);
  std::string error = error_of([&] { adamw.load_state_dict(wrong); });
  for (const char* part : {"AdamW", "missing", "0.weight.lr", "0.bias.exp_avg_sq", "surplus",
                           "0.bias.momentum", "1.weight.exp_avg", "[3, 1]", "[1, 3]"}) {
    INFO(part);
    CHECK(contains(error, part));
  }
  StateDict now = adamw.state_dict();
  CHECK(now.at<std::int64_t>("0.weight.step") == 1);
  for (const char* name : {"0.bias.exp_avg_sq", "1.weight.exp_avg"})
    CHECK(now.at<Tensor>(name).to_vector<float>() == state.at<Tensor>(name).to_vector<float>());
  // Damaged numbers.
  for (auto [name, value] : std::vector<StateDict::Entry>{{"0.bias.lr", std::nan("")},
                                                          {"0.bias.lr", HUGE_VAL},
                                                          {"1.weight.lr", -0.01},
                                                          {"0.weight.step", std::int64_t{-1}},
                                                          {"2.weight.step", std::int64_t{-5}}}) {
    wrong = state;
    wrong.set(name, value);
    INFO(name);
    error = error_of([&] { adamw.load_state_dict(wrong); });
    CHECK(contains(error, name + " ("));
    CHECK(contains(error, "expected a finite number of 0 or more"));
    CHECK(adamw.lr(1) == 0.02);
    CHECK(adamw.state_dict().at<std::int64_t>("0.weight.step") == 1);
  }
  // A state of another rule.
  optim::Sgd sgd = Sgd::make(model);
  CHECK(contains(error_of([&] { sgd.load_state_dict(state); }), "exp_avg"));
}

TEST_CASE("a state shares memory and loading copies") {
  nn::Linear model(2, 1);
  model.initialise(1);
  optim::Adam a(model.parameters()), b(model.parameters());
  auto step = [&](optim::Adam& adam) {
    sum(model(Tensor::full({1, 2}, 1))).backward();
    adam.step();
    adam.zero_grad();
  };
  step(a);
  StateDict state = a.state_dict();
  b.load_state_dict(state);
  std::vector<float> before = state.at<Tensor>("weight.exp_avg").to_vector<float>();
  step(a);
  CHECK(state.at<Tensor>("weight.exp_avg").to_vector<float>() != before);
  CHECK(b.state_dict().at<Tensor>("weight.exp_avg").to_vector<float>() == before);
}
