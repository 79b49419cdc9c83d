// Activation checkpointing gives the bits of the plain tape, for less memory.
#include "tutti/autograd/checkpoint.h"

#include "support/catch.h"
#include "support/errors.h"
#include "support/gradient_check.h"
#include "tutti/ops/layer_norm.h"
#include "tutti/ops/matmul.h"
#include "tutti/optim/sgd.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

using Values = std::vector<double>;

// A layer that saves inputs, an output and tensors of an op's own.
struct Layer {
  Variable w = test::input({6, 6}, 0.5, 2), scale = test::input({6}, 1, 3);
  int* calls = nullptr;
  Variable operator()(const Variable& x) const {
    if (calls) ++*calls;
    return layer_norm(exp(matmul(x, w) * 0.3), scale, Variable(), 1e-5) * x;
  }
};

Values values_of(const Tensor& x) {
  return x.to_vector<double>();
}

struct Gradients {
  Values y, dx, dw, dscale;
  bool operator==(const Gradients&) const = default;
};

// Three blocks that share their leaves.
template <class Run>
Gradients gradients(const Run& run) {
  Layer block;
  Variable x = test::input({5, 6});
  Variable y = run(block, run(block, run(block, x)));
  test::weighted_sum(y).backward();
  return {values_of(y.value()), values_of(x.grad()), values_of(block.w.grad()),
          values_of(block.scale.grad())};
}

Variable checkpointed(const Layer& block, const Variable& x) {
  return checkpoint(block, x);
}

}  // namespace

TEST_CASE("values and gradients have the bits of the plain tape") {
  const Gradients plain = gradients([](const Layer& block, const Variable& x) { return block(x); });
  CHECK(gradients(checkpointed) == plain);
  CHECK(gradients([](const Layer& block, const Variable& x) {  // within each other
          return checkpoint([&](const Variable& z) { return checkpoint(block, z); }, x);
        }) == plain);
}

TEST_CASE("a function runs a second time for each walk that reads what it saved") {
  int calls = 0;
  Layer block;
  block.calls = &calls;
  Variable x = test::input({5, 6});
  Variable y = test::weighted_sum(checkpoint(block, x));
  CHECK(calls == 1);
  grad(y, {x}, {.retain = true});
  CHECK(calls == 2);
  y.backward();
  CHECK(calls == 3);
  NoGrad off;
  checkpoint(block, x);
  CHECK(calls == 4);
}

TEST_CASE("second derivatives pass through it, and functions that differentiate within it") {
  Layer block;
  const auto second = [&](const auto& f) {
    Variable x = test::input({5, 6});
    Variable dx = grad(test::weighted_sum(f(x)), {x}, {.create_graph = true})[0];
    return values_of(grad(sum(dx * dx), {x})[0].value());
  };
  CHECK(second([&](const Variable& x) { return checkpoint(block, x); }) == second(block));
  const auto slope = [&](const Variable& x) {
    return grad(test::weighted_sum(block(x)), {x}, {.create_graph = true})[0];
  };
  const auto first = [&](const auto& f) {
    Variable x = test::input({5, 6});
    test::weighted_sum(f(x)).backward();
    return values_of(x.grad());
  };
  CHECK(first([&](const Variable& x) { return checkpoint(slope, x); }) == first(slope));
}

TEST_CASE("several inputs, of which some are constants, and several outputs") {
  const auto f = [](const Variable& a, const Variable& b, const Variable& c) {
    return std::pair(exp(a * b), a * c);
  };
  const auto run = [&](bool kept) {
    Variable a = test::input({4}), b = Variable(test::input({4}, 1, 2).value()),
             c = test::input({4}, 1, 3);
    auto [y, z] = kept ? f(a, b, c) : checkpoint(f, a, b, c);
    test::weighted_sum(y * z).backward();
    return std::pair(values_of(a.grad()), values_of(c.grad()));
  };
  CHECK(run(false) == run(true));
}

TEST_CASE("only what goes into a checkpointed function is kept") {
  const auto kept = [](bool plain) {
    Device device;
    Variable w(test::input({64, 64}, 0.1).value().clone(), true);
    Variable x(Tensor::full({512, 64}, 0.5, Dtype::f64, device), true);
    const std::uint64_t before = device.allocator().statistics().live_bytes;
    const auto chain = [](const Variable& z) {
      Variable y = z;
      for (int i = 0; i < 8; ++i) y = exp(y * 0.1);
      return y;
    };
    Variable y = plain ? chain(x) : checkpoint(chain, x);
    return device.allocator().statistics().live_bytes - before;
  };
  const std::uint64_t one = 512 * 64 * 8;
  CHECK(kept(true) >= 8 * one);
  CHECK(kept(false) <= 2 * one);  // the result, and a size class' rounding
}

TEST_CASE("what was computed again is let go behind the walk") {
  Device device;
  const auto chain = [](const Variable& z) { return exp(exp(z * 0.1)); };
  Variable x(Tensor::full({1000}, 0.5, Dtype::f64, device), true);
  Variable y = sum(checkpoint(chain, x));
  y.backward();
  x.zero_grad();
  const std::uint64_t before = device.allocator().statistics().live_bytes;
  y = sum(checkpoint(chain, x));
  y.backward();
  y = Variable();
  CHECK(device.allocator().statistics().live_bytes <= before);
}

TEST_CASE("a leaf or an input that was changed in between is an error, as it is without") {
  Layer block;
  Variable x = test::input({5, 6});
  Variable y = test::weighted_sum(checkpoint(block, x));
  block.w.value().fill(1);
  CHECK(contains(error_of([&] { y.backward(); }), "changed between forward and backward"));
  y = test::weighted_sum(checkpoint(block, x));
  block.w.set_value(Tensor::zeros({6, 6}, Dtype::f64));
  CHECK(contains(error_of([&] { y.backward(); }), "changed between forward and backward"));
  Variable between = x * 2.0;
  y = test::weighted_sum(checkpoint(block, between));
  between.value().fill(1);
  CHECK(contains(error_of([&] { y.backward(); }), "checkpoint saved its input 0"));
}

TEST_CASE("a function that computes something else the second time is named") {
  bool again = false;
  const auto f = [&](const Variable& x) {
    return std::exchange(again, true) ? exp(slice(x, 0, 0, 2)) : exp(x);
  };
  Variable x = test::input({4});
  Variable y = test::weighted_sum(checkpoint(f, x));
  CHECK(contains(error_of([&] { y.backward(); }), "[2] of f64, expected [4] of f64"));
}
