// Convolutional and pooling layers against PyTorch's: names, layouts, values and first values.
#include "tutti/nn/conv2d.h"

#include <cmath>

#include "support/catch.h"
#include "support/errors.h"
#include "support/golden.h"
#include "tutti/nn/pooling.h"
#include "tutti/nn/sequential.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

// At most 12 products of numbers of order 1 are summed, or 60 for a bias.
template <class M>
void compare_with_pytorch(const char* name, M module) {
  INFO(name);
  test::Golden golden("conv2d", name);
  StateDict state;
  state.set("weight", golden.tensor("weight"));
  state.set("bias", golden.tensor("bias"));
  state.set("random_seed", 1);
  module.load_state_dict(state);
  Variable x(golden.tensor("x0"), true), y = module(x);
  CHECK(test::largest_difference(y.value(), golden.tensor("y")) < 1e-13);
  y.backward({.seed = golden.tensor("dy")});
  CHECK(test::largest_difference(x.grad(), golden.tensor("dx0")) < 1e-13);
  CHECK(test::largest_difference(module.weight().grad(), golden.tensor("dweight")) < 1e-13);
  CHECK(test::largest_difference(module.bias().grad(), golden.tensor("dbias")) < 1e-13);
}

}  // namespace

TEST_CASE("convolutional layers are PyTorch's") {
  compare_with_pytorch("module_conv2d",
                       nn::Conv2d(4, 4, {3, 2}, {.stride = 2, .padding = 1, .groups = 2}));
  compare_with_pytorch("module_conv1d", nn::Conv1d(2, 2, 3, {.padding = 1}));
  compare_with_pytorch(
      "module_conv_transpose2d",
      nn::ConvTranspose2d(2, 4, {3, 2}, {.stride = 2, .output_padding = 1, .groups = 2}));
}

// PyTorch's kaiming_uniform with a = sqrt(5) is uniform within 1 / sqrt(fan in), which counts
// the weight's second axis. Of 500 draws or more, one comes within 2 % of the bound.
TEST_CASE("convolutional layers start as PyTorch's") {
  auto check = [](const auto& layer, double fan_in) {
    for (const Parameter& parameter : layer.parameters()) {
      double largest = 0;
      for (double x : parameter.value().to(Dtype::f64).template to_vector<double>()) {
        REQUIRE(std::isfinite(x));
        largest = std::max(largest, std::abs(x));
      }
      CHECK(largest < 1 / std::sqrt(fan_in));
      CHECK(largest > 0.98 / std::sqrt(fan_in));
    }
  };
  auto started = [](auto layer) {
    layer.initialise(1);
    return layer;
  };
  check(started(nn::Conv2d(8, 512, {2, 3}, {.groups = 4})), 2 * 6);
  check(started(nn::Conv1d(4, 512, 3)), 12);
  check(started(nn::ConvTranspose2d(8, 512, {2, 3}, {.groups = 4})), 128 * 6);
}

TEST_CASE("layers of windows, in a row") {
  nn::Sequential model(nn::Conv2d(3, 4, 3, {.padding = 1}, false), nn::MaxPool2d(2),
                       nn::AvgPool2d({1, 3}, {.stride = 1}), nn::AdaptiveAvgPool2d({2, 4}),
                       nn::AdaptiveMaxPool2d(1));
  model.initialise(1);
  CHECK(model.parameter_count() == 4 * 3 * 9);
  CHECK(model.slice(0, 4)(Tensor::zeros({2, 3, 6, 8})).shape() == Shape{2, 4, 2, 4});
  CHECK(model(Tensor::zeros({2, 3, 6, 8})).shape() == Shape{2, 4, 1, 1});
  nn::Sequential sequence(nn::Conv1d(2, 5, 3), nn::MaxPool1d(2, {.stride = 1}), nn::AvgPool1d(2),
                          nn::AdaptiveMaxPool1d(3), nn::AdaptiveAvgPool1d(2));
  sequence.initialise(1);
  CHECK(sequence(Tensor::zeros({4, 2, 12})).shape() == Shape{4, 5, 2});
}

TEST_CASE("convolutional layers say what does not fit") {
  CHECK(contains(error_of([] { nn::Conv2d(3, 4, {0, 3}); }), "Conv2d: found 3 inputs"));
  CHECK(contains(error_of([] { nn::Conv1d(3, 0, 3); }), "Conv1d: found 3 inputs, 0 outputs"));
  CHECK(contains(error_of([] { nn::Conv2d(4, 6, 3, {.groups = 4}); }),
                 "found 4 groups for 4 inputs and 6 outputs"));
  CHECK(contains(error_of([] { nn::ConvTranspose2d(4, 6, 3, {.groups = 0}); }),
                 "ConvTranspose2d: found 0 groups"));
}
