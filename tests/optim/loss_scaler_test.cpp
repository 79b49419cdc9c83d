// The schedule of loss scaling by hand, and what a step does and leaves out.
#include "tutti/optim/loss_scaler.h"

#include <cmath>
#include <limits>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/autograd/autocast.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/matmul.h"
#include "tutti/optim/adam.h"
#include "tutti/optim/clip.h"
#include "tutti/optim/sgd.h"

using namespace tutti;
using optim::LossScaler;
using test::contains;
using test::error_of;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

Variable leaf(const std::vector<float>& values) {
  return Variable(Tensor::from(values, {static_cast<std::int64_t>(values.size())}), true);
}

// Gives w the gradient scale * gradient, as a scaled loss would.
void backward(LossScaler& scaler, const Variable& w, float gradient) {
  const Tensor factor = Tensor::full(w.shape(), gradient);
  scaler.scale(sum(w * factor)).backward();
}

std::vector<float> numbers(const Tensor& x) {
  return x.to_vector<float>();
}

}  // namespace

TEST_CASE("the scale follows GradScaler's schedule") {
  const Variable w = leaf({1, 2});
  optim::Sgd sgd(optim::numbered(std::array{w}), {.lr = 0.5});
  LossScaler scaler({.scale = 64, .growth = 4, .backoff = 0.5, .interval = 3});
  struct Step {
    float gradient;
    double after;
  };
  // Worked out by hand from torch.amp.GradScaler's rule: a bad step backs off and counts anew, the
  // third good one in a row grows.
  const Step steps[] = {{1, 64},  {1, 64},  {1, 256},   {1, 256},         {infinity, 128}, {1, 128},
                        {1, 128}, {1, 512}, {NAN, 256}, {-infinity, 128}, {1, 128},        {1, 128},
                        {1, 512}, {1, 512}, {1, 512},   {infinity, 256}};
  float expected = 1;
  for (const auto& [gradient, after] : steps) {
    backward(scaler, w, gradient);
    const bool taken = scaler.step(sgd);
    sgd.zero_grad();
    CHECK(taken == std::isfinite(gradient));
    CHECK(scaler.scale() == after);
    if (taken) expected -= 0.5f;
    CHECK(numbers(w.value()) == std::vector<float>{expected, expected + 1});
  }
}

TEST_CASE("a step that was left out after unscale() does not spare the next one its unscaling") {
  const Variable w = leaf({1});
  optim::Sgd sgd(optim::numbered(std::array{w}), {.lr = 0.5});
  LossScaler scaler({.scale = 64});
  backward(scaler, w, 1);
  CHECK(scaler.unscale(sgd));
  sgd.zero_grad();  // the caller found the gradient too large
  CHECK(contains(error_of([&] { scaler.step(sgd); }), "no gradient"));
  backward(scaler, w, 1);
  CHECK(scaler.step(sgd));
  CHECK(numbers(w.value()) == std::vector<float>{0.5f});
}

TEST_CASE("a step with scaling by a power of two is the step without, bit for bit") {
  auto run = [](bool scaled) {
    const Variable w = leaf({0.3f, -1.7f, 2.1f}), x = leaf({1.1f, 0.7f, -0.4f});
    optim::AdamW adamw(optim::numbered(std::array{w, x}), {.lr = 0.1});
    LossScaler scaler({.interval = 2});
    for (int i = 0; i < 5; ++i) {
      const Variable loss = sum(w * w * x + w);
      (scaled ? scaler.scale(loss) : loss).backward();
      if (scaled)
        CHECK(scaler.step(adamw));
      else
        adamw.step();
      adamw.zero_grad();
    }
    std::vector<float> out = numbers(w.value());
    std::ranges::copy(numbers(x.value()), std::back_inserter(out));
    return out;
  };
  CHECK(run(true) == run(false));
}

TEST_CASE("a step that is left out changes nothing but the scale") {
  const Variable a = leaf({1, 2}), b = leaf({3, 4});
  optim::Adam adam(optim::numbered(std::array{a, b}), {.lr = 0.1});
  LossScaler scaler({.scale = 8});
  backward(scaler, a, 1), backward(scaler, b, 1);
  CHECK(scaler.step(adam));
  adam.zero_grad();
  const std::vector<float> before = numbers(a.value());
  const StateDict state = adam.state_dict();
  const std::vector<float> moments = numbers(state.at<Tensor>("0.exp_avg").clone());
  backward(scaler, a, 1), backward(scaler, b, infinity);
  CHECK(!scaler.step(adam));
  CHECK(numbers(a.value()) == before);
  CHECK(numbers(adam.state_dict().at<Tensor>("0.exp_avg")) == moments);
  CHECK(adam.state_dict().at<std::int64_t>("0.step") == 1);
  CHECK(scaler.scale() == 4);
}

TEST_CASE("gradients that f16 would lose arrive") {
  auto gradient = [](double scale) {
    const Variable w(Tensor::full({1, 4}, 0.5), true), v(Tensor::full({4, 1}, 0.25), true);
    LossScaler scaler({.scale = scale});
    Variable y;
    {
      const Autocast scope(Dtype::f16);
      y = matmul(w, v);
    }
    scaler.scale(sum(cast(y, Dtype::f32)) * 1e-8).backward();  // below 2^-25, half of f16's least
    optim::Sgd sgd(optim::numbered(std::array{w, v}));
    CHECK(scaler.unscale(sgd));
    return numbers(w.grad())[0];
  };
  CHECK(gradient(1) == 0);
  CHECK(gradient(65536) == Approx(0.25e-8).epsilon(1e-3));  // f16 rounds within 2^-11
}

TEST_CASE("unscaled gradients can be clipped before the step") {
  const Variable w = leaf({0, 0});
  optim::Sgd sgd(optim::numbered(std::array{w}), {.lr = 1});
  LossScaler scaler({.scale = 1024});
  backward(scaler, w, 3);
  CHECK(numbers(w.grad()) == std::vector<float>{3072, 3072});
  CHECK(scaler.unscale(sgd));
  CHECK(numbers(w.grad()) == std::vector<float>{3, 3});
  CHECK(contains(error_of([&] { scaler.unscale(sgd); }), "unscaled before"));
  optim::clip_grad_norm(sgd.parameters(), std::sqrt(2.0));
  optim::Sgd other(optim::numbered(std::array{w}));
  CHECK(contains(error_of([&] { scaler.step(other); }), "have not been unscaled"));
  CHECK(scaler.step(sgd));
  CHECK(w.value().to_vector<float>()[0] == Approx(-1));
}

TEST_CASE("a loss of 16 bits is scaled in f32") {
  const Variable x(Tensor::full({}, 3).to(Dtype::f16), true);
  const Variable scaled = LossScaler().scale(x * 2.0);
  CHECK(scaled.dtype() == Dtype::f32);
  CHECK(scaled.item() == 6 * 65536.0);
}

TEST_CASE("the state of a scaler goes on where it was") {
  const Variable w = leaf({1});
  optim::Sgd sgd(optim::numbered(std::array{w}));
  const optim::LossScalerOptions options{.scale = 16, .interval = 3};
  LossScaler first(options), second(options);
  auto step = [&](LossScaler& scaler, float gradient) {
    backward(scaler, w, gradient);
    scaler.step(sgd);
    sgd.zero_grad();
    return scaler.scale();
  };
  for (float gradient : {infinity, 1.f, 1.f}) step(first, gradient);
  second.load_state_dict(first.state_dict());
  CHECK(second.scale() == 8);
  CHECK(step(second, 1) == 16);
  StateDict state = first.state_dict();
  state.set("taken", std::int64_t{3});
  CHECK(contains(error_of([&] { second.load_state_dict(state); }),
                 "found scale 8 after 3 steps, expected a positive one after less than the "
                 "interval of 3"));
  CHECK(contains(error_of([&] { second.load_state_dict(StateDict()); }),
                 "LossScaler::load_state_dict"));
  CHECK(second.scale() == 16);
}

TEST_CASE("scalers refuse what cannot work") {
  for (const optim::LossScalerOptions& options :
       {optim::LossScalerOptions{.scale = 0}, optim::LossScalerOptions{.scale = infinity},
        optim::LossScalerOptions{.growth = 0.5}, optim::LossScalerOptions{.backoff = 1},
        optim::LossScalerOptions{.interval = 0}})
    CHECK(contains(error_of([&] { LossScaler scaler(options); }), "LossScaler: found scale"));
  const Variable w = leaf({1});
  optim::Sgd sgd(optim::numbered(std::array{w}));
  LossScaler scaler({.scale = 0x1p-23});
  backward(scaler, w, infinity);
  CHECK(!scaler.step(sgd));
  backward(scaler, w, infinity);
  CHECK(contains(error_of([&] { scaler.step(sgd); }), "look for NaN in the data"));
  sgd.zero_grad();
  CHECK(contains(error_of([&] { scaler.step(sgd); }), "found no gradient"));
}
