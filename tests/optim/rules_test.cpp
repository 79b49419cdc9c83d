// The update rules beside SGD and Adam against the papers' formulas, written out in f64: on every
// device, in every dtype; their states; what ranks are told by.
#include <cmath>
#include <set>

#include "support/descent.h"
#include "support/devices.h"
#include "support/errors.h"
#include "tutti/optim/adagrad.h"
#include "tutti/optim/lamb.h"
#include "tutti/optim/lars.h"
#include "tutti/optim/lion.h"
#include "tutti/optim/rmsprop.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

using Vector = std::vector<double>;

// To what 16 bits hold, where `dtype` has 16.
Vector stored(const Vector& x, Dtype dtype) {
  if (accumulator_of(dtype) == dtype) return x;
  const Tensor wide = Tensor::from(x, {static_cast<std::int64_t>(x.size())});
  return wide.to(dtype).to(Dtype::f64).to_vector<double>();
}

// rule(w, g, t) takes step t, from 1.
template <class Rule>
Vector by_hand(std::int64_t count, Dtype dtype, Rule rule) {
  Vector w = stored(test::descent_start(count).to_vector<double>(), dtype);
  for (int t = 1; t <= test::descent_steps; ++t) {
    Vector g;
    for (double x : w) g.push_back(x + 1);
    rule(w, stored(g, dtype), t);
    w = stored(w, dtype);
  }
  return w;
}

// A step makes some ten roundings, of numbers up to the first and last weights' size, and errors
// hardly grow in 5 steps: 50 roundings of 2^-53 or 2^-24. Those of 16 bits are made by hand, too,
// but that two of five may go to the other side, 2^-7 away.
double bound_of(Dtype dtype) {
  return dtype == Dtype::f64 ? 1e-13 : dtype == Dtype::f32 ? 5e-6 : 0x1p-6;
}

template <class Optimizer, class Options, class Rule>
void compare(const Device& device, const Options& options, Rule rule) {
  for (Dtype dtype : {Dtype::f64, Dtype::f32, Dtype::bf16})
    for (std::int64_t count : {301, 5000}) {
      INFO(dtype << ", " << count);
      Variable w(test::descent_start(count).to(dtype).to(device), true);
      Optimizer optimizer(optim::numbered(std::array{w}), options);
      test::descend(w, optimizer, test::descent_steps);
      Vector found = w.value().to(Device::cpu()).to(Dtype::f64).template to_vector<double>();
      Vector start = test::descent_start(count).to_vector<double>();
      Vector expected = by_hand(count, dtype, rule);
      for (std::size_t i = 0; i < found.size(); ++i)
        REQUIRE(std::abs(found[i] - expected[i]) <=
                bound_of(dtype) * std::max({1.0, std::abs(start[i]), std::abs(expected[i])}));
      for (const auto& [name, value] : optimizer.state_dict())
        if (const Tensor* moment = std::get_if<Tensor>(&value))
          CHECK(moment->dtype() == accumulator_of(dtype));
    }
}

double norm(const Vector& x) {
  double sum = 0;
  for (double value : x) sum += value * value;
  return std::sqrt(sum);
}

constexpr optim::LambOptions lamb{
    .lr = 0.05, .beta1 = 0.8, .beta2 = 0.9, .epsilon = 1e-4, .weight_decay = 0.1};
constexpr optim::LarsOptions lars{.lr = 0.7, .momentum = 0.8, .weight_decay = 0.1, .trust = 0.05};

}  // namespace

TEST_CASE("rmsprop") {
  const Device device = TUTTI_EACH_DEVICE;
  for (bool centered : {false, true})
    for (double momentum : {0.0, 0.9}) {
      Vector square, mean, v;
      auto rule = [&](Vector& w, const Vector& g, int t) {
        for (Vector* moment : {&square, &mean, &v})
          if (t == 1) *moment = Vector(w.size());
        for (std::size_t i = 0; i < w.size(); ++i) {
          double h = g[i] + 0.1 * w[i];
          square[i] = 0.9 * square[i] + 0.1 * h * h;
          mean[i] = centered ? 0.9 * mean[i] + 0.1 * h : 0;
          v[i] = momentum * v[i] + h / (std::sqrt(square[i] - mean[i] * mean[i]) + 1e-3);
          w[i] -= 0.03 * v[i];
        }
      };
      compare<optim::Rmsprop>(device,
                              optim::RmspropOptions{.lr = 0.03,
                                                    .alpha = 0.9,
                                                    .epsilon = 1e-3,
                                                    .weight_decay = 0.1,
                                                    .momentum = momentum,
                                                    .centered = centered},
                              rule);
    }
}

TEST_CASE("adagrad") {
  const Device device = TUTTI_EACH_DEVICE;
  Vector sum;
  auto rule = [&](Vector& w, const Vector& g, int t) {
    if (t == 1) sum = Vector(w.size(), 0.3);
    for (std::size_t i = 0; i < w.size(); ++i) {
      double h = g[i] + 0.1 * w[i];
      sum[i] += h * h;
      w[i] -= 0.2 / (1 + 0.5 * (t - 1)) * h / (std::sqrt(sum[i]) + 1e-3);
    }
  };
  compare<optim::Adagrad>(device,
                          optim::AdagradOptions{.lr = 0.2,
                                                .lr_decay = 0.5,
                                                .epsilon = 1e-3,
                                                .weight_decay = 0.1,
                                                .initial_accumulator_value = 0.3},
                          rule);
}

TEST_CASE("lion") {
  const Device device = TUTTI_EACH_DEVICE;
  Vector m;
  auto rule = [&](Vector& w, const Vector& g, int t) {
    if (t == 1) m = Vector(w.size());
    for (std::size_t i = 0; i < w.size(); ++i) {
      double c = 0.8 * m[i] + 0.2 * g[i];
      w[i] -= 0.003 * ((c > 0) - (c < 0) + 0.1 * w[i]);
      m[i] = 0.95 * m[i] + 0.05 * g[i];
    }
  };
  compare<optim::Lion>(
      device, optim::LionOptions{.lr = 0.003, .beta1 = 0.8, .beta2 = 0.95, .weight_decay = 0.1},
      rule);
}

TEST_CASE("a gradient that is not a number stays one in lion's sign") {
  Variable w(Tensor::zeros({2}), true);
  optim::Lion lion(optim::numbered(std::array{w}));
  w.backward({.seed = Tensor::from(std::vector<float>{NAN, 1}, {2})});
  lion.step();
  CHECK(std::isnan(w.value().to_vector<float>()[0]));
  CHECK(w.value().to_vector<float>()[1] == -1e-4f);
}

TEST_CASE("lamb") {
  const Device device = TUTTI_EACH_DEVICE;
  for (bool adapt : {true, false}) {
    Vector m, v;
    auto rule = [&](Vector& w, const Vector& g, int t) {
      if (t == 1) m = v = Vector(w.size());
      Vector u;
      for (std::size_t i = 0; i < w.size(); ++i) {
        m[i] = 0.8 * m[i] + 0.2 * g[i];
        v[i] = 0.9 * v[i] + 0.1 * g[i] * g[i];
        double deviation = std::sqrt(v[i] / (1 - std::pow(0.9, t))) + 1e-4;
        u.push_back(m[i] / (1 - std::pow(0.8, t)) / deviation + 0.1 * w[i]);
      }
      const double ratio = adapt ? norm(w) / norm(u) : 1;
      for (std::size_t i = 0; i < w.size(); ++i) w[i] -= 0.05 * ratio * u[i];
    };
    optim::LambOptions options = lamb;
    options.adapt = adapt;
    compare<optim::Lamb>(device, options, rule);
  }
}

TEST_CASE("lars") {
  const Device device = TUTTI_EACH_DEVICE;
  for (bool adapt : {true, false}) {
    Vector v;
    auto rule = [&](Vector& w, const Vector& g, int t) {
      if (t == 1) v = Vector(w.size());
      const double ratio = adapt ? 0.05 * norm(w) / (norm(g) + 0.1 * norm(w)) : 1;
      for (std::size_t i = 0; i < w.size(); ++i) {
        v[i] = 0.8 * v[i] + 0.7 * ratio * (g[i] + 0.1 * w[i]);
        w[i] -= v[i];
      }
    };
    optim::LarsOptions options = lars;
    options.adapt = adapt;
    compare<optim::Lars>(device, options, rule);
  }
}

TEST_CASE("where a norm is 0 lamb and lars take the learning rate as it is") {
  auto stepped = [](auto optimizer, const Variable& w, double gradient) {
    w.backward({.seed = Tensor::full({3}, gradient, Dtype::f64)});
    optimizer.step();
    return w.value().to_vector<double>()[2];
  };
  auto leaf = [](double value) { return Variable(Tensor::full({3}, value, Dtype::f64), true); };
  auto of = [](const Variable& x) { return optim::numbered(std::array{x}); };
  Variable zeros = leaf(0), twos = leaf(2);
  CHECK(stepped(optim::Lars(of(zeros), {.lr = 0.5}), zeros, 4) == -2);
  CHECK(stepped(optim::Lars(of(twos), {.lr = 0.5}), twos, 0) == 2);
  // In its first step LAMB moves along the sign of the gradient.
  zeros = leaf(0);
  CHECK(stepped(optim::Lamb(of(zeros), {.lr = 0.5, .epsilon = 0}), zeros, 4) == Approx(-0.5));
  CHECK(stepped(optim::Lamb(of(twos), {.lr = 0.5}), twos, 0) == 2);
}

namespace {

// Every rule, with options of each kind.
template <class F>
void for_each_rule(F f) {
  f([](auto p) { return optim::Rmsprop(p); });
  f([](auto p) { return optim::Rmsprop(p, {.alpha = 0.9}); });
  f([](auto p) { return optim::Rmsprop(p, {.momentum = 0.9}); });
  f([](auto p) { return optim::Rmsprop(p, {.centered = true}); });
  f([](auto p) { return optim::Rmsprop(p, {.momentum = 0.9, .centered = true}); });
  f([](auto p) { return optim::Adagrad(p); });
  f([](auto p) { return optim::Adagrad(p, {.lr_decay = 0.1}); });
  f([](auto p) { return optim::Adagrad(p, {.initial_accumulator_value = 0.1}); });
  f([](auto p) { return optim::Lion(p); });
  f([](auto p) { return optim::Lion(p, {.weight_decay = 0.1}); });
  f([](auto p) { return optim::Lamb(p); });
  f([](auto p) { return optim::Lamb(p, {.epsilon = 0.1}); });
  f([](auto p) { return optim::Lamb(p, {.adapt = false}); });
  f([](auto p) { return optim::Lars(p); });
  f([](auto p) { return optim::Lars(p, {.trust = 0.1}); });
  f([](auto p) { return optim::Lars(p, {.adapt = false}); });
}

// Notes the rules that optimizers announce.
struct Rules : GradientSink {
  std::set<std::uint64_t> found;
  int calls = 0;
  void use(std::size_t, std::uint64_t rule) override {
    found.insert(rule);
    ++calls;
  }
  void expect(std::size_t, double) override {}
  void ready(std::size_t) override {}
  void finish() override {}
  void abandon() noexcept override {}
  void replace(std::size_t, const Tensor&) override {}
};

}  // namespace

TEST_CASE("every rule goes on from its state with the same bits") {
  for_each_rule([](auto make) {
    Tensor start = test::descent_start(301).to(Dtype::f32);
    Variable whole(start.clone(), true), parts(start.clone(), true);
    auto of = [](const Variable& x) { return optim::numbered(std::array{x}); };
    auto uninterrupted = make(of(whole)), before = make(of(parts)), after = make(of(parts));
    uninterrupted.set_lr(0.03);
    before.set_lr(0.03);
    test::descend(whole, uninterrupted, 5);
    test::descend(parts, before, 3);
    after.load_state_dict(before.state_dict());
    test::descend(parts, after, 2);
    CHECK(whole.value().to_vector<float>() == parts.value().to_vector<float>());
    CHECK(after.lr() == 0.03);
  });
}

TEST_CASE("ranks that take different rules or options are told apart") {
  auto rules = std::make_shared<Rules>();
  for_each_rule([&](auto make) {
    Variable w(test::descent_start(3), true);
    w.slot().sink = rules;
    auto optimizer = make(optim::numbered(std::array{w}));
    optimizer.set_lr(0.01);
    w.backward({.seed = Tensor::full({3}, 1, Dtype::f64)});
    optimizer.step();
  });
  CHECK(rules->calls == 16);
  CHECK(rules->found.size() == 16);
}

TEST_CASE("rules name options that cannot work") {
  Variable w(Tensor::zeros({2}), true);
  auto p = optim::numbered(std::array{w});
  const double nan = std::nan("");
  CHECK(error_of([&] { optim::Rmsprop(p, {.alpha = 1}); }) ==
        "Rmsprop: found alpha 1, expected a number in [0, 1)");
  CHECK(contains(error_of([&] { optim::Rmsprop(p, {.momentum = -1}); }), "momentum -1"));
  CHECK(error_of([&] { optim::Adagrad(p, {.lr_decay = HUGE_VAL}); }) ==
        "Adagrad: found lr_decay inf, expected a finite number of 0 or more");
  CHECK(contains(error_of([&] { optim::Adagrad(p, {.initial_accumulator_value = -1}); }),
                 "initial_accumulator_value -1"));
  CHECK(contains(error_of([&] { optim::Lion(p, {.beta2 = nan}); }), "Lion: found beta2 nan"));
  CHECK(contains(error_of([&] { optim::Lamb(p, {.lr = nan}); }), "Lamb: found learning rate nan"));
  CHECK(contains(error_of([&] { optim::Lamb(p, {.epsilon = -1e-3}); }), "epsilon -0.001"));
  CHECK(contains(error_of([&] { optim::Lars(p, {.trust = nan}); }), "Lars: found trust nan"));
}
