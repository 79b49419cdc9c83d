// The update rules against the papers' formulas, written out in f64, and PyTorch's numbers.
#include <cmath>

#include "support/devices.h"
#include "support/errors.h"
#include "support/golden.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/reduction.h"
#include "tutti/optim/adam.h"
#include "tutti/optim/schedule.h"
#include "tutti/optim/sgd.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

constexpr int steps = 5;

// Minimises sum(w^2 / 2 + w) from w = i / 10, whose gradient is w + 1, and returns the weights.
template <class Make>
std::vector<double> run(const Device& device, Make make, std::int64_t count) {
  std::vector<double> start;
  for (std::int64_t i = 0; i < count; ++i) start.push_back(static_cast<double>(i) / 10);
  Variable w(Tensor::from(start, {count}, device), true);
  Variable unused(Tensor::full({2}, 7, Dtype::f64, device), true);
  auto optimizer = make(optim::numbered(std::array{w, unused}));
  for (int t = 0; t < steps; ++t) {
    sum(w * w * 0.5 + w).backward();
    optimizer.step();
    optimizer.zero_grad();
  }
  CHECK(unused.value().to_vector<double>() == std::vector<double>{7, 7});
  return w.value().to_vector<double>();
}

template <class Rule>
void compare(const std::vector<double>& weights, Rule rule) {
  for (std::size_t i = 0; i < weights.size(); ++i)
    REQUIRE(weights[i] == Approx(rule(static_cast<double>(i) / 10)).epsilon(1e-12));
}

// Both compute in f64, in another order: ten steps stay within 1e-13 of values of order 1.
template <class Make>
void compare_with_pytorch(const char* name, Make make) {
  INFO(name);
  test::Golden golden("optimizers", name);
  Tensor values = golden.tensor("values"), gradients = golden.tensor("gradients");
  Variable w(values[0].clone(), true);
  auto optimizer = make(optim::numbered(std::array{w}));
  for (std::int64_t step = 0; step < gradients.size(0); ++step) {
    w.backward({.seed = gradients[step]});
    optimizer.step();
    optimizer.zero_grad();
    CHECK(test::largest_difference(w.value(), values[step + 1]) < 1e-13);
  }
}

}  // namespace

TEST_CASE("sgd with momentum, nesterov and decay") {
  const Device device = TUTTI_EACH_DEVICE;
  for (bool nesterov : {false, true}) {
    auto make = [=](auto p) {
      return optim::Sgd(p,
                        {.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01, .nesterov = nesterov});
    };
    compare(run(device, make, 301), [=](double w) {
      double v = 0;
      for (int t = 0; t < steps; ++t) {
        double g = w + 1 + 0.01 * w;
        v = 0.9 * v + g;
        w -= 0.1 * (nesterov ? g + 0.9 * v : v);
      }
      return w;
    });
  }
}

// Both decays by the formulas: `added` to the gradient, `decoupled` from it.
double adam_by_hand(double w, double added, double decoupled) {
  double m = 0, v = 0;
  for (int t = 1; t <= steps; ++t) {
    double g = w + 1 + added * w;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    double step = m / (1 - std::pow(0.9, t)) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
    w -= 0.1 * (step + decoupled * w);
  }
  return w;
}

TEST_CASE("adam and adamw") {
  const Device device = TUTTI_EACH_DEVICE;
  auto adam = [](auto p) { return optim::Adam(p, {.lr = 0.1, .weight_decay = 0.05}); };
  compare(run(device, adam, 257), [](double w) { return adam_by_hand(w, 0.05, 0); });
  auto adamw = [](auto p) { return optim::AdamW(p, {.lr = 0.1, .weight_decay = 0.05}); };
  compare(run(device, adamw, 257), [](double w) { return adam_by_hand(w, 0, 0.05); });
}

TEST_CASE("ten steps are PyTorch's") {
  compare_with_pytorch("adamw", [](auto p) {
    return optim::AdamW(p, {.lr = 0.01, .beta2 = 0.99, .weight_decay = 0.1});
  });
}

TEST_CASE("each group has options of its own") {
  auto leaf = [] { return Variable(Tensor::full({2}, 4, Dtype::f64), true); };
  Variable a = leaf(), b = leaf(), c = leaf();
  auto step = [&](optim::Optimizer& optimizer) {
    for (const Variable& x : {a, b, c}) sum(x * 2.0).backward();  // a gradient of 2
    optimizer.step();
    optimizer.zero_grad();
    std::vector<double> out;
    for (Variable x : {a, b, c}) {
      out.push_back(x.value().to_vector<double>()[1]);
      x.set_value(Tensor::full({2}, 4, Dtype::f64));
    }
    return out;
  };
  std::vector<Parameter> all = optim::numbered(std::array{a, b, c});
  std::vector<Parameter> first{all[0]}, second{all[1]}, third{all[2]}, two{all[0], all[1]};
  optim::Sgd sgd({{two, {.lr = 0.5}}, {third, {.lr = 0.25, .weight_decay = 1}}});
  CHECK(sgd.groups() == 2);
  CHECK(step(sgd) == std::vector<double>{3, 3, 4 - 0.25 * (2 + 4)});
  sgd.set_lr(1, 1);
  CHECK(sgd.lr(0) == 0.5);
  CHECK(step(sgd) == std::vector<double>{3, 3, 4 - (2 + 4)});
  sgd.set_lr(0);
  CHECK(step(sgd) == std::vector<double>{4, 4, 4});
  CHECK(contains(error_of([&] { sgd.set_lr(2, 1); }), "group 2"));
  // In its first step Adam moves by lr, whatever the gradient; AdamW shrinks by lr * decay before.
  optim::AdamW adamw(
      {{first, {.lr = 0.5, .weight_decay = 0}}, {third, {.lr = 0.25, .weight_decay = 0.5}}});
  std::vector<double> found = step(adamw);
  CHECK(found[0] == Approx(3.5));
  CHECK(found[1] == 4);  // in no group
  CHECK(found[2] == Approx(4 * (1 - 0.125) - 0.25));
  CHECK(contains(error_of([&] { optim::Sgd({{all, {}}, {second, {}}}); }), "twice"));
}

TEST_CASE("schedules start, peak and end where they say") {
  optim::OneCycle cycle{.max_lr = 1, .steps = 100};
  CHECK(cycle(0) == Approx(1.0 / 25));
  CHECK(cycle(29) == Approx(1));
  CHECK(cycle(99) == Approx(1e-4));
  CHECK(cycle(500) == Approx(1e-4));
  CHECK(cycle(64) == Approx((1 + 1e-4) / 2));
  optim::Cosine cosine{.max_lr = 2, .steps = 11, .warmup = 4, .min_lr = 0.2};
  CHECK(cosine(0) == Approx(0.5));
  CHECK(cosine(3) == Approx(2));
  CHECK(cosine(4) == Approx(2));
  CHECK(cosine(7) == Approx(1.1));
  CHECK(cosine(10) == Approx(0.2));
  for (std::int64_t n : {1, 2, 3}) {
    optim::OneCycle brief{.max_lr = 1, .steps = n};
    for (std::int64_t i = 0; i < n; ++i) CHECK(std::isfinite(brief(i)));
  }
}

TEST_CASE("optimizers refuse what cannot work") {
  Variable w(Tensor::zeros({2}), true);
  auto numbered = [](const Variable& x) { return optim::numbered(std::array{x}); };
  CHECK_THROWS_AS(optim::Adam(std::vector<Parameter>{}), Error);
  CHECK_THROWS_AS(optim::Sgd(numbered(w), {.lr = -1}), Error);
  CHECK_THROWS_AS(optim::Sgd(numbered(Variable::unset())), Error);
  CHECK_THROWS_AS(optim::AdamW({{numbered(w), {}}, {numbered(w), {}}}), Error);
}
