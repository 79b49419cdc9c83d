// rms_norm and group_norm against PyTorch's numbers and the naive loops in f64.
#include "ops/cpu_launch.h"
#include "support/errors.h"
#include "support/golden.h"
#include "tutti/nn/group_norm.h"
#include "tutti/nn/rms_norm.h"
#include "tutti/ops/group_norm.h"
#include "tutti/ops/rms_norm.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// Sums of some ten numbers of order 1 to 10, in another order than PyTorch's.
template <class M>
void check_golden(const char* name, M module) {
  INFO(name);
  Golden golden("norms", name);
  module.initialise(1, Device::cpu(), Dtype::f64);
  for (const Parameter& parameter : module.parameters()) {
    Variable leaf = parameter;
    leaf.set_value(golden.tensor(parameter.path));
  }
  const char* x_name = golden.has("x0") ? "x0" : "x";
  Variable x(golden.tensor(x_name), true);
  Variable y = module(x);
  CHECK(largest_difference(y.value(), golden.tensor("y")) < 1e-13);
  y.backward({.seed = golden.tensor("dy")});
  CHECK(largest_difference(x.grad(), golden.tensor(std::string("d") + x_name)) < 1e-12);
  for (const Parameter& parameter : module.parameters())
    CHECK(largest_difference(parameter.grad(), golden.tensor("d" + parameter.path)) < 1e-12);
}

// Groups of `size` neighbours, less their mean where `centred`, by their deviation.
std::vector<double> naive(const Tensor& x, std::size_t size, bool centred) {
  std::vector<double> y = numbers(x);
  for (std::size_t begin = 0; begin < y.size(); begin += size) {
    double mean = 0, variance = 0;
    for (std::size_t j = begin; centred && j < begin + size; ++j) mean += y[j] / double(size);
    for (std::size_t j = begin; j < begin + size; ++j)
      variance += (y[j] - mean) * (y[j] - mean) / double(size);
    for (std::size_t j = begin; j < begin + size; ++j)
      y[j] = (y[j] - mean) / std::sqrt(variance + 1e-3);
  }
  return y;
}

}  // namespace

TEST_CASE("norms give PyTorch's numbers") {
  check_golden("rms_norm", nn::RMSNorm(7));
  check_golden("rms_norm_epsilon", nn::RMSNorm(7, {.epsilon = 0.1, .affine = false}));
  check_golden("group_norm_1", nn::GroupNorm(1, 6));
  check_golden("group_norm_3", nn::GroupNorm(3, 6));
  check_golden("group_norm_rows", nn::GroupNorm(2, 6));
  check_golden("instance_norm", nn::InstanceNorm(6, {.affine = true}));
  check_golden("instance_norm_plain", nn::InstanceNorm(6));
}

TEST_CASE("norms equal the naive loops, and read strided x") {
  // Some hundred additions of numbers of order 1 and a handful of other roundings.
  for (auto [dtype, bound] : {std::pair(Dtype::f32, 2e-4), std::pair(Dtype::f64, 1e-12)})
    for (std::int64_t n : {1, 2, 31, 100}) {
      Tensor x = fractions({n, 4, 3}, dtype).permute({2, 1, 0});
      Tensor expected = Tensor::from(naive(x, static_cast<std::size_t>(n), false), x.shape());
      CHECK(largest_difference(rms_norm(x, Tensor(), 1e-3), expected) < bound);
      for (std::int64_t groups : {1, 2, 4}) {
        const auto size = static_cast<std::size_t>(4 / groups * n);
        expected = Tensor::from(naive(x, size, true), x.shape());
        CHECK(largest_difference(group_norm(x, groups, Tensor(), Tensor(), 1e-3), expected) <
              bound);
      }
    }
}

TEST_CASE("norms of nothing") {
  for (const Shape& shape : {Shape{0, 4, 3}, Shape{2, 4, 0}}) {
    Variable x(Tensor::zeros(shape), true), weight(Tensor::zeros({4}), true);
    Variable y = group_norm(x, 2, weight);
    CHECK(y.shape() == shape);
    sum(y).backward();
    CHECK(x.grad().shape() == shape);
    CHECK(numbers(weight.grad()) == std::vector<double>(4));
  }
  CHECK(rms_norm(Tensor::zeros({0, 4})).shape() == Shape{0, 4});
}

TEST_CASE("the bits of norms and their gradients do not depend on threads") {
  for (Shape shape : {Shape{301, 8, 37}, Shape{3, 4, 12000}}) {
    Tensor values = fractions(shape), seed = fractions(shape, Dtype::f32, 5);
    for (std::size_t k = 0; k < 4; ++k)
      CHECK(same_bits_on_any_threads([&] {
        Variable x(values, true), weight(fractions({shape[1]}, Dtype::f32, 6), true);
        Variable bias(fractions({shape[1]}, Dtype::f32, 7), true);
        Variable y = group_norm(x, 2, weight, bias);
        y.backward({.seed = seed});
        return std::array{y.value(), x.grad(), weight.grad(), bias.grad()}[k];
      }));
  }
}

TEST_CASE("norms name what does not fit") {
  Tensor x = Tensor::zeros({2, 6, 3});
  CHECK_THROWS_WITH(group_norm(x, 4),
                    "group_norm: found 4 groups for 6 channels of x [2, 6, 3], expected a number "
                    "that divides them");
  CHECK_THROWS_WITH(group_norm(Tensor::zeros({3}), 1),
                    "group_norm: found shape [3], expected [n, channels, ...]");
  CHECK_THROWS_WITH(group_norm(x, 2, Tensor::zeros({3})),
                    "group_norm: found weight [3] for x [2, 6, 3], expected [6]");
  CHECK_THROWS_WITH(rms_norm(x, Tensor::zeros({2})),
                    "rms_norm: found weight [2] for x [2, 6, 3], expected [3]");
  CHECK_THROWS_AS(rms_norm(x, Tensor(), -1), Error);
  CHECK_THROWS_WITH(nn::GroupNorm(4, 6),
                    "GroupNorm: found 4 groups and 6 channels, expected groups that divide the "
                    "channels");
  nn::InstanceNorm norm(6);
  CHECK_THROWS_WITH(norm(Tensor::zeros({2, 6})),
                    "InstanceNorm: found shape [2, 6], expected [n, 6, ...] with one axis more at "
                    "least");
  CHECK_THROWS_WITH(nn::InstanceNorm(0),
                    "InstanceNorm: found 0 groups and 0 channels, expected groups that divide the "
                    "channels");
  CHECK(nn::InstanceNorm(6, {.epsilon = 1e-3}).parameter_count() == 0);
  CHECK_THROWS_AS(nn::RMSNorm(0), Error);
}
