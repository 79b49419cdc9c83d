#include "tutti/ops/reduction.h"

#include <cmath>

#include "support/catch.h"
#include "support/devices.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/cross_entropy.h"
#include "tutti/ops/matmul.h"

using namespace tutti;

namespace {

Tensor pattern(const Device& device, const Shape& shape) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < shape.count(); ++i)
    values.push_back(std::sin(static_cast<double>(i) * 0.7));
  return Tensor::from(values, shape, device);
}

}  // namespace

TEST_CASE("sums over any axes agree with each other") {
  const Device device = TUTTI_EACH_DEVICE;
  Tensor x = pattern(device, {3, 4, 5});
  std::vector<double> v = x.to_vector<double>();
  double total = 0;
  for (double value : v) total += value;
  CHECK(sum(x).item() == Approx(total));
  CHECK(sum(x, {0, -1}).shape() == Shape{4});
  double middle = 0;
  for (int i = 0; i < 3; ++i)
    for (int k = 0; k < 5; ++k) middle += v[static_cast<std::size_t>(i * 20 + 2 * 5 + k)];
  CHECK(sum(x, {0, 2}).to_vector<double>()[2] == Approx(middle));
  CHECK(mean(x, {1}).shape() == Shape{3, 5});
  CHECK(mean(Tensor::zeros({0, 3}, Dtype::f32, device)).item() == 0);
  CHECK(max(x.transpose(0, 2), {0}).shape() == Shape{4, 3});
  CHECK(sum(x, {0, 2}, true).shape() == Shape{1, 4, 1});
  CHECK(mean(x, {}, true).shape() == Shape{1, 1, 1});
  CHECK(max(x, {-1}, true).shape() == Shape{3, 4, 1});
  CHECK_THROWS_AS(sum(x, {3}), Error);
}

TEST_CASE("minimum and variance over axes") {
  Tensor x = pattern(Device::cpu(), {3, 4, 5});
  std::vector<double> v = x.to_vector<double>(), smallest = min(x, {0, 2}).to_vector<double>();
  std::vector<double> spread = var(x, {0, 2}).to_vector<double>();
  CHECK(var(x, {1}, 1, true).shape() == Shape{3, 1, 5});
  for (std::size_t j = 0; j < 4; ++j) {
    double least = INFINITY, sum = 0, squares = 0;
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t k = 0; k < 5; ++k) {
        double value = v[i * 20 + j * 5 + k];
        least = std::min(least, value);
        sum += value;
        squares += value * value;
      }
    CHECK(smallest[j] == least);
    CHECK(spread[j] == Approx((squares - sum * sum / 15) / 14));
    CHECK(var(x, {0, 2}, 0).to_vector<double>()[j] == Approx((squares - sum * sum / 15) / 15));
  }
  CHECK(std::isnan(min(Tensor::from(std::vector<double>{1, NAN, -1}, {3})).item()));
  CHECK_THROWS_AS(var(x.slice(0, 0, 1), {0}), Error);
}

TEST_CASE("the gradient of an extremum is shared by more places than its dtype can count") {
  for (Dtype dtype : {Dtype::f16, Dtype::bf16}) {
    INFO(dtype);
    const std::int64_t n = 100'000;
    Variable x(Tensor::zeros({n}, dtype), true);
    (max(x) * 1024).backward();
    // One rounding of 1024 / n, to 8 bits in bf16.
    CHECK(x.grad().to(Dtype::f64).to_vector<double>().back() == Approx(0.01024).epsilon(1.0 / 256));
  }
}

TEST_CASE("argmax along any axis") {
  using Positions = std::vector<std::int64_t>;
  Tensor x = Tensor::from(std::vector<float>{1, 5, 2, 5, 0, 7}, {2, 3});
  CHECK(argmax(x).to_vector<std::int64_t>() == Positions{1, 2});
  CHECK(argmax(x, 0).to_vector<std::int64_t>() == Positions{1, 0, 1});
  CHECK(argmax(x.transpose(), 0).to_vector<std::int64_t>() == Positions{1, 2});
  CHECK(argmax(x, 0, true).shape() == Shape{1, 3});
  CHECK(argmax(pattern(Device::cpu(), {3, 4, 5}), 1).shape() == Shape{3, 5});
  CHECK(argmax(Tensor::zeros({0, 3})).shape() == Shape{0});
  CHECK_THROWS_AS(argmax(Tensor::zeros({0, 3}), 0), Error);
  CHECK_THROWS_AS(argmax(x.to(Dtype::i64)), Error);
}

// Summing n values of one sign in f32 chunks: a few units in the last place, not n of them.
TEST_CASE("a long f32 sum stays accurate") {
  const Device device = TUTTI_EACH_DEVICE;
  Tensor x = Tensor::full({10000019}, 0.1, Dtype::f32, device);
  CHECK(sum(x).item() == Approx(0.1f * 10000019.0).epsilon(1e-6));
}

TEST_CASE("matmul broadcasts batches and takes views") {
  const Device device = TUTTI_EACH_DEVICE;
  Tensor a = pattern(device, {2, 1, 3, 4}), b = pattern(device, {5, 4, 2});
  Tensor c = matmul(a, b);
  REQUIRE(c.shape() == Shape{2, 5, 3, 2});
  std::vector<double> av = a.to_vector<double>(), bv = b.to_vector<double>(),
                      cv = c.to_vector<double>();
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 5; ++j)
      for (std::size_t r = 0; r < 3; ++r)
        for (std::size_t s = 0; s < 2; ++s) {
          double expected = 0;
          for (std::size_t k = 0; k < 4; ++k)
            expected += av[i * 12 + r * 4 + k] * bv[j * 8 + k * 2 + s];
          REQUIRE(cv[((i * 5 + j) * 3 + r) * 2 + s] == Approx(expected));
        }
  CHECK_THROWS_AS(matmul(a, a), Error);
  CHECK(matmul(Tensor::zeros({0, 3}, Dtype::f32, device), Tensor::zeros({3, 2}, Dtype::f32, device))
            .shape() == Shape{0, 2});
}

TEST_CASE("cross entropy of known logits") {
  Tensor logits = Tensor::from(std::vector<double>{1, 2, 3, 1000, 0, -1000}, {2, 3});
  Tensor labels = Tensor::from(std::vector<std::int64_t>{2, 1}, {2});
  double first = std::log(std::exp(-2.0) + std::exp(-1.0) + 1);
  CHECK(cross_entropy(logits, labels).item() == Approx((first + 1000) / 2));
  CHECK(cross_entropy(Tensor::zeros({0, 3}), Tensor::zeros({0}, Dtype::i64)).item() == 0);
  CHECK_THROWS_AS(cross_entropy(logits, Tensor::full({2}, 3, Dtype::i64)), Error);
  CHECK_THROWS_AS(cross_entropy(logits, Tensor::full({3}, 0, Dtype::i64)), Error);
  CHECK(argmax(logits).to_vector<std::int64_t>() == std::vector<std::int64_t>{2, 0});
}

TEST_CASE("integers are summed as i64, and keep their dtype as maxima") {
  const std::vector<std::uint8_t> bytes(1000, 255);
  const Tensor sums = sum(Tensor::from(bytes, {10, 100}), {1});
  CHECK(sums.dtype() == Dtype::i64);
  CHECK(sums.to_vector<std::int64_t>() == std::vector<std::int64_t>(10, 25500));
  const std::vector<std::int32_t> numbers{2147483647, 2147483647, -5, -9};
  const Tensor x = Tensor::from(numbers, {2, 2});
  CHECK(sum(x).to_vector<std::int64_t>()[0] == 4294967280);
  CHECK(sum(x, {0}).to_vector<std::int64_t>() == std::vector<std::int64_t>{2147483642, 2147483638});
  CHECK(sum(x.transpose(), {1}).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{2147483642, 2147483638});
  CHECK(max(x, {1}).to_vector<std::int32_t>() == std::vector<std::int32_t>{2147483647, -5});
  const std::int64_t large = (std::int64_t{1} << 53) + 1;
  CHECK(
      sum(Tensor::from(std::vector<std::int64_t>{large, 0, 0}, {3})).to_vector<std::int64_t>()[0] ==
      large);
}
