#include <cmath>

#include "support/devices.h"
#include "support/errors.h"
#include "tutti/base/parallel_for.h"
#include "tutti/base/random.h"
#include "tutti/tensor/tensor.h"

using namespace tutti;
using namespace tutti::test;

namespace {

using Numbers = std::vector<double>;

Numbers numbers(const Tensor& x) {
  return x.to(Dtype::f64).to_vector<double>();
}

constexpr Dtype floats[] = {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16};

}  // namespace

TEST_CASE("tensors of one number") {
  const Device device = TUTTI_EACH_DEVICE;
  CHECK(numbers(Tensor::ones({2, 1}, Dtype::u8, device)) == Numbers{1, 1});
  const Tensor like = Tensor::ones({2, 3}, Dtype::bf16, device).transpose();
  const Tensor x = Tensor::full_like(like, 0.5);
  CHECK(x.shape() == Shape{3, 2});
  CHECK(x.dtype() == Dtype::bf16);
  CHECK(numbers(x) == Numbers(6, 0.5));
  CHECK(numbers(Tensor::zeros_like(x)) == Numbers(6, 0));
}

TEST_CASE("arange counts by steps as long as it is before the end") {
  const Device device = TUTTI_EACH_DEVICE;
  CHECK(numbers(Tensor::arange(4, Dtype::i32, device)) == Numbers{0, 1, 2, 3});
  CHECK(numbers(Tensor::arange(2, -3, -2, Dtype::i64, device)) == Numbers{2, 0, -2});
  CHECK(numbers(Tensor::arange(0, 1, 0.25, Dtype::bf16, device)) == Numbers{0, 0.25, 0.5, 0.75});
  CHECK(Tensor::arange(5, 5, 1, Dtype::f32, device).shape() == Shape{0});
  const Numbers tenths = numbers(Tensor::arange(0.5, 100.5, 0.1, Dtype::f64, device));
  REQUIRE(tenths.size() == 1000);
  for (std::size_t i = 0; i < tenths.size(); ++i)
    REQUIRE(tenths[i] == std::fma(static_cast<double>(i), 0.1, 0.5));
  // Whole numbers are exact up to 2^53.
  const double large = 0x1p53 - 2;
  CHECK(Tensor::arange(large, large + 2, 1, Dtype::i64, device).to_vector<std::int64_t>()[1] ==
        (std::int64_t{1} << 53) - 1);
}

TEST_CASE("linspace includes both ends") {
  const Device device = TUTTI_EACH_DEVICE;
  for (Dtype dtype : floats)
    CHECK(numbers(Tensor::linspace(-1, 1, 5, dtype, device)) == Numbers{-1, -0.5, 0, 0.5, 1});
  const Numbers x = numbers(Tensor::linspace(0.1, 0.7, 1001, Dtype::f64, device));
  CHECK(x.front() == 0.1);
  CHECK(x.back() == 0.7);
  for (std::size_t i = 0; i < x.size(); ++i)
    REQUIRE(x[i] == Approx(0.1 + 0.6 * static_cast<double>(i) / 1000).epsilon(1e-15));
  CHECK(numbers(Tensor::linspace(3, 4, 1, Dtype::f32, device)) == Numbers{3});
  CHECK(Tensor::linspace(3, 4, 0, Dtype::f32, device).shape() == Shape{0});
}

TEST_CASE("eye has ones on its diagonal") {
  const Device device = TUTTI_EACH_DEVICE;
  CHECK(numbers(Tensor::eye(2, 3, Dtype::f32, device)) == Numbers{1, 0, 0, 0, 1, 0});
  CHECK(numbers(Tensor::eye(3, 2, Dtype::i64, device)) == Numbers{1, 0, 0, 1, 0, 0});
  CHECK(numbers(Tensor::eye(1, Dtype::f64, device)) == Numbers{1});
  CHECK(Tensor::eye(0, 4, Dtype::f32, device).shape() == Shape{0, 4});
}

TEST_CASE("a tensor is made from a list of numbers, of their type") {
  const Device device = TUTTI_EACH_DEVICE;
  const Tensor x = Tensor::from({1.5f, 2.0f, -3.0f}, {3, 1}, device);
  CHECK(x.dtype() == Dtype::f32);
  CHECK(x.shape() == Shape{3, 1});
  CHECK(numbers(x) == Numbers{1.5, 2, -3});
  CHECK(Tensor::from({1.5, 2.0}, {2}).dtype() == Dtype::f64);
  CHECK(Tensor::from({1, 2}, {2}).dtype() == Dtype::i32);
  CHECK(contains(error_of([] {
                   Tensor::from({1.0f, 2.0f}, {3});
                 }),
                 "Tensor::from: found 2 values for shape [3], expected 3"));
}

TEST_CASE("what cannot be made is named") {
  CHECK(contains(error_of([] { Tensor::arange(0, 4, 0); }), "found 0 to 4 by steps of 0"));
  CHECK(contains(error_of([] { Tensor::arange(0, 4, -1); }), "expected finite numbers and a step"));
  CHECK(contains(error_of([] { Tensor::arange(0, INFINITY); }), "found 0 to inf by steps of 1"));
  CHECK(contains(error_of([] { Tensor::arange(0, 2, 0.5, Dtype::i32); }),
                 "step 0.5 for i32, expected whole numbers"));
  CHECK(contains(error_of([] { Tensor::linspace(0, 2, 3, Dtype::i64); }), "linspace: found dtype"));
  CHECK(contains(error_of([] { Tensor::linspace(0, 2, -3); }), "expected extents of 0 or more"));
  CHECK(contains(error_of([] { Tensor::randn({3}, 1, Dtype::u8); }), "randn: found dtype u8"));
}

TEST_CASE("a random number depends on its seed and place alone") {
  for (Dtype dtype : floats)
    for (auto* make : {&Tensor::rand, &Tensor::randn}) {
      const Tensor x = make({7, 30001}, 3, dtype, Device::cpu());
      const Numbers whole = numbers(x);
      const Numbers part = numbers(make({1001}, 3, dtype, Device::cpu()));
      CHECK(std::equal(part.begin(), part.end(), whole.begin()));
      const int before = thread_count();
      set_thread_count(3);
      CHECK(numbers(make({7, 30001}, 3, dtype, Device::cpu())) == whole);
      set_thread_count(before);
      for (const Device& device : devices())
        CHECK(numbers(make({13, 77}, 3, dtype, device)) ==
              Numbers(whole.begin(), whole.begin() + 1001));
      CHECK(numbers(make({1001}, 4, dtype, Device::cpu())) != part);
    }
  CHECK(numbers(Tensor::rand({4}, 3)) != numbers(Tensor::randn({4}, 3)));
}

TEST_CASE("uniform numbers are the upper bits that their dtype holds") {
  const Numbers exact = numbers(Tensor::rand({10001}, 5, Dtype::f64));
  for (auto [dtype, bits] :
       {std::pair{Dtype::f32, 24}, std::pair{Dtype::f16, 11}, std::pair{Dtype::bf16, 8}}) {
    const Numbers x = numbers(Tensor::rand({10001}, 5, dtype));
    for (std::size_t i = 0; i < x.size(); ++i) {
      REQUIRE((x[i] >= 0 && x[i] < 1));
      REQUIRE(x[i] == std::floor(std::ldexp(exact[i], bits)) * std::ldexp(1.0, -bits));
    }
  }
}

// Of n numbers, the mean of a power errs by its deviation over the square root of n: five of those.
TEST_CASE("moments of random numbers") {
  const std::int64_t n = 200000;
  const double root = std::sqrt(static_cast<double>(n));
  double uniform = 0, uniform2 = 0, mean = 0, square = 0, cube = 0, fourth = 0, beside = 0;
  for (double x : numbers(Tensor::rand({n}, 11, Dtype::f64))) uniform += x, uniform2 += x * x;
  const Numbers normal = numbers(Tensor::randn({n}, 11, Dtype::f64));
  for (std::size_t i = 0; i < normal.size(); ++i) {
    const double x = normal[i];
    mean += x, square += x * x, cube += x * x * x, fourth += x * x * x * x;
    beside += x * normal[(i + 1) % normal.size()];
  }
  const auto count = static_cast<double>(n);
  CHECK(std::abs(uniform / count - 0.5) < 5 * std::sqrt(1.0 / 12) / root);
  CHECK(std::abs(uniform2 / count - 1.0 / 3) < 5 * std::sqrt(4.0 / 45) / root);
  CHECK(std::abs(mean / count) < 5 / root);
  CHECK(std::abs(square / count - 1) < 5 * std::sqrt(2.0) / root);
  CHECK(std::abs(cube / count) < 5 * std::sqrt(15.0) / root);
  CHECK(std::abs(fourth / count - 3) < 5 * std::sqrt(96.0) / root);
  CHECK(std::abs(beside / count) < 5 / root);
}

// Both errors add up: of the logarithm's root and of the angle's functions, each of about a unit in
// the last place, and those of the library that is compared with.
TEST_CASE("box_muller agrees with long double") {
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const Philox::Words words = Philox(1).at(0, i);
    const std::uint32_t corners[] = {0,          1,          0x1fffffff, 0x20000000,
                                     0x7fffffff, 0x80000000, 0xe0000000, 0xffffffff};
    const std::uint32_t a = i < 64 ? corners[i % 8] : words[0];
    const std::uint32_t b = i < 64 ? corners[i / 8] : words[1];
    const auto unit = [](std::uint32_t word) { return (word + 0.5L) * 0x1p-32L; };
    const long double radius = std::sqrt(-2 * std::log(unit(a)));
    const long double angle = 6.283185307179586476925287L * unit(b);
    const NormalPair pair = box_muller(a, b);
    const double close = 1e-15 * static_cast<double>(radius) + 1e-25;
    REQUIRE(std::abs(static_cast<double>(pair.first - radius * std::cos(angle))) < close);
    REQUIRE(std::abs(static_cast<double>(pair.second - radius * std::sin(angle))) < close);
  }
}
