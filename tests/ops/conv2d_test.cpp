// Convolutions against PyTorch's numbers, and what they refuse.
#include "tutti/ops/conv2d.h"

#include "support/catch.h"
#include "support/errors.h"
#include "support/golden.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/conv1d.h"
#include "tutti/ops/conv_transpose2d.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

// One number, or one for each axis.
Pair2d pair(const test::Golden& golden, const char* name, std::int64_t otherwise) {
  if (!golden.has(name)) return otherwise;
  const auto values = golden.tensor(name).to_vector<std::int64_t>();
  return {values.front(), values.back()};
}

Variable convolution(const test::Golden& golden, const std::string& name, const Variable& x,
                     const Variable& weight, const Variable& bias) {
  const Pair2d stride = pair(golden, "stride", 1), padding = pair(golden, "padding", 0);
  const Pair2d dilation = pair(golden, "dilation", 1);
  const std::int64_t groups = pair(golden, "groups", 1).height;
  if (name == "sequence")
    return conv1d(x, weight, bias, {stride.height, padding.height, dilation.height, groups});
  if (name.starts_with("transposed"))
    return conv_transpose2d(x, weight, bias,
                            {stride, padding, pair(golden, "output_padding", 0), dilation, groups});
  return conv2d(x, weight, bias, {stride, padding, dilation, groups});
}

}  // namespace

// Both sum at most 72 products of numbers of order 1, in another order: 1e-13 is 6 roundings each.
TEST_CASE("convolutions are PyTorch's") {
  for (const std::string& name : test::Golden::names("conv2d")) {
    if (name.starts_with("module")) continue;
    INFO(name);
    test::Golden golden("conv2d", name);
    Variable x(golden.tensor("x"), true), weight(golden.tensor("weight"), true), bias;
    if (golden.has("bias")) bias = Variable(golden.tensor("bias"), true);
    Variable y = convolution(golden, name, x, weight, bias);
    CHECK(test::largest_difference(y.value(), golden.tensor("y")) < 1e-13);
    y.backward({.seed = golden.tensor("dy")});
    CHECK(test::largest_difference(x.grad(), golden.tensor("dx")) < 1e-13);
    CHECK(test::largest_difference(weight.grad(), golden.tensor("dweight")) < 1e-13);
    if (bias) CHECK(test::largest_difference(bias.grad(), golden.tensor("dbias")) < 1e-13);
  }
}

TEST_CASE("convolutions of views, of nothing and of images larger than the windows reach") {
  Tensor x = Tensor::from(std::vector<double>{1, 2, 3, 4, 5, 6}, {1, 1, 2, 3});
  Tensor w = Tensor::from(std::vector<double>{1, 10}, {1, 1, 1, 2});
  CHECK(conv2d(x, w).to_vector<double>() == std::vector<double>{21, 32, 54, 65});
  CHECK(conv2d(transpose(x), transpose(w)).to_vector<double>() ==
        std::vector<double>{21, 54, 32, 65});
  CHECK(conv2d(x, w, {}, {.stride = 2}).to_vector<double>() == std::vector<double>{21});
  CHECK(conv2d(Tensor::zeros({0, 1, 2, 3}, Dtype::f64), w).shape() == Shape{0, 1, 2, 2});
  CHECK(conv_transpose2d(Tensor::zeros({0, 1, 2, 3}, Dtype::f64), w).shape() == Shape{0, 1, 2, 4});
}

TEST_CASE("convolutions say what does not fit") {
  auto zeros = [](const Shape& shape) { return Tensor::zeros(shape); };
  auto error = [&](const Shape& x, const Shape& w, const Conv2dOptions& options = {}) {
    return error_of([&] { conv2d(zeros(x), zeros(w), {}, options); });
  };
  const Shape x{2, 4, 5, 6}, w{6, 4, 3, 3};
  CHECK(contains(error(x, w, {.stride = {0, 1}}), "conv2d: found stride 0 x 1, padding 0 x 0"));
  CHECK(contains(error(x, w, {.padding = -1}), "padding of 0 or more"));
  CHECK(contains(error(x, w, {.groups = 0}), "groups 0"));
  CHECK(contains(error({4, 5, 6}, w), "found input [4, 5, 6] and weight [6, 4, 3, 3]"));
  CHECK(contains(error(x, {6, 0, 3, 3}), "1 channel"));
  CHECK(contains(error(x, {6, 3, 3, 3}), "expected weight [o, 4 / groups, kh, kw]"));
  CHECK(contains(error(x, {6, 1, 3, 3}, {.groups = 4}), "o a multiple of 4"));
  CHECK(contains(error(x, w, {.dilation = 3}), "no larger than the padded input"));
  CHECK(contains(error_of([&] { conv2d(zeros(x), zeros(w), zeros({5})); }),
                 "conv2d: found bias [5], expected [6]"));
  CHECK(contains(error_of([&] { conv2d(zeros(x), zeros(w).to(Dtype::f64)); }), "f64"));
  CHECK(contains(error_of([&] { conv1d(zeros(x), zeros(w)); }),
                 "conv1d: found input [2, 4, 5, 6] and weight [6, 4, 3, 3]"));
}

TEST_CASE("transposed convolutions say what does not fit") {
  auto error = [](const Shape& x, const Shape& w, const ConvTranspose2dOptions& options = {}) {
    return error_of([&] { conv_transpose2d(Tensor::zeros(x), Tensor::zeros(w), {}, options); });
  };
  const Shape x{2, 4, 5, 6}, w{4, 3, 3, 3};
  CHECK(contains(error(x, {3, 4, 3, 3}), "conv_transpose2d: found input [2, 4, 5, 6]"));
  CHECK(contains(error(x, w, {.groups = 3}), "4 a multiple of 3"));
  CHECK(contains(error(x, w, {.stride = 2, .output_padding = {2, 1}}),
                 "found output_padding 2 x 1 with stride 2 x 2"));
  CHECK(contains(error(x, w, {.padding = 4}), "which give [2, 3, -1, 0]"));
  CHECK(contains(
      error_of([&] { conv_transpose2d(Tensor::zeros(x), Tensor::zeros(w), Tensor::zeros({4})); }),
      "found bias [4], expected [3]"));
}
