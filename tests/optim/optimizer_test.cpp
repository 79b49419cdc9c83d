// SGD and Adam against the papers' formulas, written out in f64; groups.
#include <cmath>

#include "support/descent.h"
#include "support/devices.h"
#include "support/errors.h"
#include "tutti/optim/adam.h"
#include "tutti/optim/sgd.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

constexpr int steps = test::descent_steps;

template <class Make>
std::vector<double> run(const Device& device, Make make, std::int64_t count) {
  Variable w(test::descent_start(count).to(device), true);
  Variable unused(Tensor::full({2}, 7, Dtype::f64, device), true);
  auto optimizer = make(optim::numbered(std::array{w, unused}));
  test::descend(w, optimizer, steps);
  CHECK(unused.value().to_vector<double>() == std::vector<double>{7, 7});
  return w.value().to_vector<double>();
}

template <class Rule>
void compare(const std::vector<double>& weights, Rule rule) {
  const auto count = static_cast<std::int64_t>(weights.size());
  std::vector<double> start = test::descent_start(count).to_vector<double>();
  for (std::size_t i = 0; i < weights.size(); ++i)
    REQUIRE(weights[i] == Approx(rule(start[i])).epsilon(1e-12).margin(1e-12));
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

TEST_CASE("optimizers refuse what cannot work") {
  Variable w(Tensor::zeros({2}), true);
  auto numbered = [](const Variable& x) { return optim::numbered(std::array{x}); };
  CHECK_THROWS_AS(optim::Adam(std::vector<Parameter>{}), Error);
  CHECK_THROWS_AS(optim::Sgd(numbered(w), {.lr = -1}), Error);
  CHECK_THROWS_AS(optim::Sgd(numbered(w), {.nesterov = true}), Error);
  CHECK_THROWS_AS(optim::Sgd(numbered(Variable::unset())), Error);
  CHECK_THROWS_AS(optim::AdamW({{numbered(w), {}}, {numbered(w), {}}}), Error);
}
