// Averages of weights against PyTorch's, and how they take the weights' place.
#include "tutti/optim/average.h"

#include <cmath>

#include "support/descent.h"
#include "support/devices.h"
#include "support/errors.h"
#include "support/golden.h"
#include "tutti/comm/threads.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/loss.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

std::vector<Parameter> one(const Variable& w) {
  return optim::numbered(std::array{w});
}

std::vector<double> numbers(const Variable& x) {
  return x.value().to(Device::cpu()).to(Dtype::f64).to_vector<double>();
}

}  // namespace

// Both compute in f64 by the same formula: ten updates stay within ten roundings.
TEST_CASE("an average of weights is PyTorch's, also from its state") {
  test::Golden golden("averages", "exponential");
  Tensor weights = golden.tensor("weights"), averages = golden.tensor("averages");
  Variable w(weights[0].clone(), true);
  optim::WeightAverage average(one(w), golden.number("decay")), copy(one(w), 0.8);
  for (std::int64_t step = 0; step < weights.size(0); ++step) {
    w.set_value(weights[step].clone());
    if (step == 0 || step == 6) copy.load_state_dict(average.state_dict());
    average.update();
    copy.update();
    {
      auto averaged = average.apply();
      CHECK(test::largest_difference(w.value(), averages[step]) < 1e-15);
    }
    CHECK(test::largest_difference(w.value(), weights[step]) == 0);
    auto averaged = copy.apply();
    CHECK(test::largest_difference(w.value(), averages[step]) < 1e-15);
  }
  CHECK(average.updates() == 10);
  CHECK(copy.updates() == 10);
}

TEST_CASE("averages keep what 16 bits would drop") {
  for (Dtype dtype : {Dtype::f32, Dtype::bf16, Dtype::f16}) {
    INFO(dtype);
    Variable w(Tensor::full({300}, 1, dtype), true);
    optim::WeightAverage average(one(w), 0.999);
    average.update();
    w.value().fill(2);
    for (int i = 0; i < 100; ++i) average.update();
    CHECK(average.state_dict().at<Tensor>("0.average").dtype() == Dtype::f32);
    auto averaged = average.apply();
    CHECK(w.dtype() == dtype);
    // 100 roundings of 2^-24, and one of the dtype.
    CHECK(numbers(w)[299] ==
          Approx(2 - std::pow(0.999, 100)).epsilon(dtype == Dtype::f32 ? 6e-6 : 4e-3));
  }
}

TEST_CASE("averages stand in for a while, and training goes on as if they had not") {
  Variable w(test::descent_start(301).to(Dtype::f32), true), other(w.value().clone(), true);
  optim::Sgd sgd(one(w), {.lr = 0.1, .momentum = 0.9}),
      plain(one(other), {.lr = 0.1, .momentum = 0.9});
  optim::WeightAverage average(one(w), 0.5);
  for (int step = 0; step < 4; ++step) {
    test::descend(w, sgd, 1);
    test::descend(other, plain, 1);
    average.update();
    Tensor memory = w.value();
    {
      auto averaged = average.apply();
      if (step > 0) CHECK(numbers(w) != numbers(other));
      Tensor kept = average.state_dict().at<Tensor>("0.average").clone();
      w.value().fill(7);  // harms neither
      CHECK(test::largest_difference(average.state_dict().at<Tensor>("0.average"), kept) == 0);
    }
    CHECK(w.value().same_memory(memory));
    CHECK(numbers(w) == numbers(other));
  }
}

TEST_CASE("averages of a wrapped model are the same on all ranks") {
  Tensor x = test::descent_start(12).reshape({4, 3}).to(Dtype::f32);
  auto train = [&](int ranks) {
    std::vector<std::vector<double>> found(static_cast<std::size_t>(ranks));
    run_threads(ranks, [&](Communicator& world) {
      nn::Linear model(3, 2);
      model.initialise(1);
      parallel::DataParallel wrapped(world, model, {.shards = 2});
      optim::Sgd sgd(model.parameters(), {.lr = 1e-3});
      optim::WeightAverage average(model.parameters(), 0.7);
      for (int step = 0; step < 3; ++step) {
        for (int shard = world.rank(); shard < 2; shard += world.size()) {
          Tensor part = x.slice(0, 2 * shard, 2 * shard + 2);
          nn::mse_loss(wrapped(part), Tensor::zeros({2, 2})).backward();
        }
        sgd.step();
        sgd.zero_grad();
        average.update();
        auto averaged = average.apply();
        found[static_cast<std::size_t>(world.rank())] = numbers(model.parameters()[0]);
      }
    });
    CHECK(found.front() == found.back());
    return found[0];
  };
  CHECK(train(1) == train(2));
}

TEST_CASE("an average names what it cannot do") {
  Variable w(Tensor::zeros({2}), true);
  for (double decay : {-0.1, 1.0, std::nan("")})
    CHECK(contains(error_of([&] { optim::WeightAverage(one(w), decay); }), "found decay"));
  CHECK(contains(error_of([&] { optim::WeightAverage({}, 0.9); }), "no parameters"));
  CHECK(contains(error_of([&] {
                   optim::WeightAverage({one(w)[0], one(w)[0]}, 0.9);
                 }),
                 "\"0\" twice"));
  CHECK_THROWS_AS(optim::WeightAverage(one(Variable::unset()), 0.9), Error);
  optim::WeightAverage average(one(w), 0.9);
  CHECK(contains(error_of([&] { auto averaged = average.apply(); }), "found no average"));
  average.update();
  {
    auto averaged = average.apply();
    CHECK(contains(error_of([&] { average.update(); }), "WeightAverage::update"));
    CHECK(contains(error_of([&] { auto again = average.apply(); }), "WeightAverage::apply"));
  }
  StateDict state;
  state.set("updates", 3);
  state.set("0.average", Tensor::zeros({3}));
  std::string error = error_of([&] { average.load_state_dict(state); });
  CHECK(contains(error, "WeightAverage::load_state_dict"));
  CHECK(contains(error, "[3]"));
  state = average.state_dict();
  state.set("updates", std::int64_t{-1});
  CHECK(contains(error_of([&] { average.load_state_dict(state); }),
                 "updates (-1, expected a finite number of 0 or more)"));
  CHECK(average.updates() == 1);
}
