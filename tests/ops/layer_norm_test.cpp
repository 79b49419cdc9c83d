// layer_norm against PyTorch's numbers, the naive loop in f64, and central differences.
#include "tutti/ops/layer_norm.h"

#include <cmath>

#include "cpu_launch.h"
#include "support/golden.h"
#include "support/gradient_check.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// Rows' deviations divided by their root mean square, times weight plus bias.
std::vector<double> naive(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  auto y = numbers(x), w = numbers(weight), b = numbers(bias);
  const std::size_t n = w.size();
  for (auto row = y.begin(); row != y.end(); row += x.size(-1)) {
    double mean = 0, variance = 0;
    for (std::size_t j = 0; j < n; ++j) mean += row[j] / n;
    for (std::size_t j = 0; j < n; ++j) variance += (row[j] - mean) * (row[j] - mean) / n;
    for (std::size_t j = 0; j < n; ++j)
      row[j] = (row[j] - mean) / std::sqrt(variance + 1e-5) * w[j] + b[j];
  }
  return y;
}

double worst(const Tensor& x, const std::vector<double>& expected) {
  auto values = numbers(x);
  REQUIRE(values.size() == expected.size());
  double result = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    REQUIRE((std::isfinite(values[i]) && std::isfinite(expected[i])));
    result = std::max(result, std::abs(values[i] - expected[i]));
  }
  return result;
}

}  // namespace

// Sums of ten numbers of order 1 to 10, in another order than PyTorch's.
TEST_CASE("layer_norm gives PyTorch's numbers") {
  Golden golden("norms", "layer_norm");
  Variable x(golden.tensor("x0"), true), weight(golden.tensor("weight"), true);
  Variable bias(golden.tensor("bias"), true);
  Variable y = layer_norm(x, weight, bias);
  CHECK(largest_difference(y.value(), golden.tensor("y")) < 1e-13);
  y.backward({.seed = golden.tensor("dy")});
  CHECK(largest_difference(x.grad(), golden.tensor("dx0")) < 1e-13);
  CHECK(largest_difference(weight.grad(), golden.tensor("dweight")) < 1e-13);
  CHECK(largest_difference(bias.grad(), golden.tensor("dbias")) < 1e-13);
}

TEST_CASE("layer_norm equals the naive loop, and reads strided rows") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (std::int64_t n : {1, 2, 31, 64, 100, 1025}) {
      Tensor x = fractions({n, 3, 5}, dtype).permute({1, 2, 0}), w = fractions({n}, dtype, 3);
      Tensor b = fractions({n}, dtype, 4);
      // Some 100 additions and ten other roundings of numbers up to 4; for n = 2, where deviations
      // may be small beside x, epsilon keeps what is lost by cancelling from growing.
      const double bound = dtype == Dtype::f32 ? 2e-4 : 1e-12;
      CHECK(worst(layer_norm(x, w, b), naive(x, w, b)) < bound);
      Tensor ones = Tensor::full({n}, 1, dtype), zeros = Tensor::zeros({n}, dtype);
      CHECK(worst(layer_norm(x), naive(x, ones, zeros)) < bound);
      CHECK(worst(layer_norm(x, w), naive(x, w, zeros)) < bound);
      CHECK(worst(layer_norm(x, Tensor(), b), naive(x, ones, b)) < bound);
    }
}

TEST_CASE("a large mean does not cancel the variance") {
  Tensor x = fractions({4, 96}, Dtype::f64) + 4096.0, ones = Tensor::full({96}, 1, Dtype::f64);
  // x itself is rounded to 2^-12 in f32: compare with the loop over what is left of it.
  Tensor rounded = x.to(Dtype::f32);
  CHECK(worst(layer_norm(rounded), naive(rounded, ones, ones - 1.0)) < 2e-3);
}

TEST_CASE("gradients of layer_norm") {
  auto norm = [](const Inputs& in) { return layer_norm(in[0], in[1], in[2]); };
  check_gradients(norm, {input({3, 5}), input({5}, 0.5, 2, 2), input({5}, -1, 1, 3)});
  check_gradients(norm, {input({2, 2, 3}), input({3}, 0.5, 2, 2), input({3}, -1, 1, 3)});
  check_gradients([](const Inputs& in) { return layer_norm(in[0]); }, {input({2, 4})});
  check_gradients([](const Inputs& in) { return layer_norm(in[0], in[1]); },
                  {input({2, 4}), input({4}, 0.5, 2, 2)});
  check_gradients(
      [](const Inputs& in) { return layer_norm(transpose(in[0]), Tensor(), in[1], 0.1); },
      {input({4, 2}), input({4}, -1, 1, 2)});
  // Only the parameters' gradients.
  Tensor x = input({3, 4}).value();
  check_gradients([=](const Inputs& in) { return layer_norm(x, in[0], in[1]); },
                  {input({4}), input({4}, -1, 1, 2)});
}

TEST_CASE("layer_norm of no rows") {
  Variable x(Tensor::zeros({0, 4}), true), weight(Tensor::zeros({4}), true);
  Variable y = layer_norm(x, weight);
  CHECK(y.shape() == Shape{0, 4});
  sum(y).backward();
  CHECK(x.grad().shape() == Shape{0, 4});
  CHECK(numbers(weight.grad()) == std::vector<double>(4));
}

TEST_CASE("the bits of layer_norm and its gradients do not depend on threads") {
  for (Shape shape : {Shape{3001, 37}, Shape{70, 4100}}) {
    Tensor values = fractions(shape), seed = fractions(shape, Dtype::f32, 5);
    for (int k = 0; k < 4; ++k)
      CHECK(same_bits_on_any_threads([&] {
        Variable x(values, true), weight(fractions({shape[1]}, Dtype::f32, 6), true);
        Variable bias(fractions({shape[1]}, Dtype::f32, 7), true);
        Variable y = layer_norm(x, weight, bias);
        y.backward({.seed = seed});
        return std::array{y.value(), x.grad(), weight.grad(), bias.grad()}[std::size_t(k)];
      }));
  }
}

TEST_CASE("layer_norm names what does not fit") {
  Tensor x = Tensor::zeros({2, 3});
  CHECK_THROWS_WITH(layer_norm(x, Tensor::zeros({2})),
                    "layer_norm: found weight [2] for x [2, 3], expected [3]");
  CHECK_THROWS_WITH(layer_norm(x, Tensor(), Tensor::zeros({3, 1})),
                    "layer_norm: found bias [3, 1] for x [2, 3], expected [3]");
  CHECK_THROWS_WITH(layer_norm(Tensor::zeros({})),
                    "layer_norm: found shape [], expected a last axis of 1 or more");
  CHECK_THROWS_AS(layer_norm(x, Tensor::zeros({3}, Dtype::f64)), Error);
  CHECK_THROWS_AS(layer_norm(x, Tensor(), Tensor(), -1), Error);
}
