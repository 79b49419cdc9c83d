// Elementwise functors, their derivatives and in-place updates on CUDA.
#include "cuda_compare.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/arithmetic.h"
#include "tutti/ops/math.h"
#include "tutti/ops/optimizer_step.h"
#include "tutti/ops/update.h"

namespace tutti::test {

namespace {

template <class F>
void compare_derivatives(const Device& cuda, F f, const Tensor& x, const Tensor& g) {
  // The error of the exponential grows through three derivatives.
  const double close = 10 * tolerance_of(x.dtype());
  using First = Partial<F, 0>;
  using Second = Partial<First, 0>;
  using Third = Partial<Second, 0>;
  compare(cuda, {x}, close, [&](const auto& in) { return map(f, in[0]); });
  compare(cuda, {x}, close, [&](const auto& in) { return map(First{f}, in[0]); });
  compare(cuda, {x}, close, [&](const auto& in) { return map(Second{{f}}, in[0]); });
  compare(cuda, {x}, close, [&](const auto& in) { return map(Third{{{f}}}, in[0]); });
  compare(cuda, {g, x}, close, [&](const auto& in) { return map(Pull<F, 0>{f}, in[0], in[1]); });
  compare(cuda, {g, x}, close,
          [&](const auto& in) { return map(Pull<First, 0>{{f}}, in[0], in[1]); });
}

}  // namespace

TEST_CASE("cuda: activations and their derivatives") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    INFO(dtype);
    Tensor x = random_tensor({3, 37}, dtype, 40), g = random_tensor({3, 37}, dtype, 41);
    compare_derivatives(*cuda, Relu{}, x, g);
    compare_derivatives(*cuda, Sigmoid{}, x, g);
    compare_derivatives(*cuda, Silu{}, x, g);
    compare_derivatives(*cuda, Gelu{}, x, g);
    compare_derivatives(*cuda, GeluTanh{}, x, g);
    compare_derivatives(*cuda, Softplus{}, x, g);
    compare_derivatives(*cuda, Tanh{}, x, g);
    compare_derivatives(*cuda, Exp{}, x, g);
    compare_derivatives(*cuda, Erf{}, x, g);
    compare_derivatives(*cuda, Sin{}, x, g);
    compare_derivatives(*cuda, Cos{}, x, g);
  }
}

TEST_CASE("cuda: broadcasting") {
  auto cuda = cuda_device();
  if (!cuda) return;
  Tensor x = random_tensor({5, 3, 7, 11}, Dtype::f32, 42);
  for (const Shape& other : std::vector<Shape>{{5, 3, 7, 11}, {3, 1, 1}, {11}, {5, 1, 7, 1}, {}}) {
    INFO(other);
    Tensor y = random_tensor(other, Dtype::f32, 43);
    compare(*cuda, {x, y}, 0, [](const auto& in) { return in[0] + in[1]; });
    compare(*cuda, {x, y}, 0, [](const auto& in) { return in[1] - in[0]; });
  }
  compare(*cuda, {x}, 0, [](const auto& in) {
    return in[0].slice(0, 0, 3).transpose(0, 1) * in[0].slice(0, 2, 5);
  });
}

TEST_CASE("cuda: optimizer steps in place") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    Tensor w = random_tensor({1003}, dtype, 44), m = random_tensor({1003}, dtype, 45);
    Tensor v = map(Multiply{}, m, m), g = random_tensor({1003}, dtype, 46);
    compare(*cuda, {w, m, v, g}, tolerance_of(dtype), [](const auto& in) {
      Tensor weight = in[0].clone(), mean = in[1].clone(), square = in[2].clone();
      update(AdamStep{0.1, 0.9, 0.999, 1e-8, 0.1, 0.001, 0.01, 0.02}, weight, mean, square, in[3]);
      return weight + mean + square;
    });
    compare(*cuda, {w, m, g}, tolerance_of(dtype), [](const auto& in) {
      Tensor weight = in[0].clone(), velocity = in[1].clone();
      update(SgdStep{0.1, 0.9, 0.01, true, false}, weight, velocity, in[2]);
      update(Accumulate{0.5}, weight, velocity);
      return weight;
    });
    compare(*cuda, {w, g}, tolerance_of(dtype), [](const auto& in) {
      Tensor average = in[0].clone();
      update(Blend{0.25}, average, in[1]);
      update(Limit{0.4}, average);
      return average;
    });
  }
}

}  // namespace tutti::test
