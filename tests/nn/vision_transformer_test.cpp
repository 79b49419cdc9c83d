// VisionTransformer against PyTorch's numbers, and against what it is composed of.
#include "tutti/nn/vision_transformer.h"

#include "support/errors.h"
#include "support/gradient_check.h"
#include "support/module_golden.h"
#include "tutti/ops/conv2d.h"
#include "tutti/ops/layer_norm.h"

using namespace tutti;
using test::contains;
using test::error_of;
using test::largest_difference;

namespace {

nn::VisionTransformerOptions small_options() {
  return {.image = {4, 6},
          .patch = {2, 3},
          .channels = 2,
          .classes = 3,
          .width = 4,
          .heads = 2,
          .layers = 2};
}

// Parameters that are nowhere 0, as those of the head are at first.
nn::VisionTransformer scrambled(const nn::VisionTransformerOptions& options) {
  nn::VisionTransformer net(options);
  net.set_init("*", nn::normal(0.5));
  net.initialise(3, Device::cpu(), Dtype::f64);
  return net;
}

}  // namespace

// Norms over four features divide by deviations below 1, which makes more of rounding.
TEST_CASE("a vision transformer gives the numbers of PyTorch's parts") {
  const test::GoldenModule golden{{"vision_transformer", "plain"}};
  nn::VisionTransformer net(small_options());
  golden.load(net);
  Variable x(golden.golden.tensor("x0"), true);
  Variable y = net(x);
  CHECK(largest_difference(y.value(), golden.golden.tensor("y")) < 1e-12);
  y.backward({.seed = golden.golden.tensor("dy")});
  CHECK(largest_difference(x.grad(), golden.golden.tensor("dx0")) < 1e-12);
  golden.check_gradients(net, 1e-12);
}

// Both sum some tens of products of about 1, in other orders.
TEST_CASE("patches are embedded as by a strided convolution") {
  nn::VisionTransformerOptions options = small_options();
  options.layers = 1, options.width = 6;
  const nn::VisionTransformer net = scrambled(options);
  const auto value = [&](const char* path) { return net.parameters(path)[0].value(); };
  nn::TransformerBlock block({.width = 6, .heads = 2});
  block.initialise(1, Device::cpu(), Dtype::f64);
  StateDict state = block.state_dict();
  for (const Parameter& parameter : block.parameters())
    state.set(parameter.path, value(("blocks.0." + parameter.path).c_str()));
  block.load_state_dict(state);

  const Tensor images = test::input({3, 2, 4, 6}).value();
  const Tensor embedded = conv2d(images, value("patch_embed.weight").reshape({6, 2, 2, 3}),
                                 value("patch_embed.bias"), {.stride = {2, 3}});
  const Tensor x = transpose(embedded.reshape({3, 6, 4})) + value("pos_embed");
  const Tensor read =
      layer_norm(block(Variable(x)).value(), value("norm.weight"), value("norm.bias"), 1e-5);
  const Tensor expected = linear(mean(read, {1}), value("head.weight"), value("head.bias"));
  CHECK(largest_difference(net(Variable(images)).value(), expected) < 1e-13);
}

TEST_CASE("derivatives of a vision transformer") {
  nn::VisionTransformerOptions options = small_options();
  options.layers = 1;
  const nn::VisionTransformer net = scrambled(options);
  test::check_gradients([&](const test::Inputs& x) { return net(x[0]); },
                        {test::input({2, 2, 4, 6})});
}

TEST_CASE("a vision transformer starts with logits of 0, and draws in training alone") {
  nn::VisionTransformer net({.width = 16, .layers = 1, .dropout = 0.5});
  net.initialise(1);
  // A block: 12 w^2, biases of 9 w, two norms.
  CHECK(net.parameter_count() == 49 * 16 + 64 * 16 + 12 * 256 + 13 * 16 + 2 * 16 + 17 * 10);
  const Variable images(Tensor::full({2, 3, 32, 32}, 0.5));
  const Variable y = net(images);
  CHECK(y.value().to_vector<float>() == std::vector<float>(20, 0.0f));
  CHECK(net(Variable(Tensor::zeros({0, 3, 32, 32}))).shape() == Shape{0, 10});

  const nn::VisionTransformerOptions options{.width = 16, .layers = 1, .dropout = 0.5};
  nn::VisionTransformer drawing = scrambled(options);
  const auto logits = [&] {
    return drawing(Variable(test::input({1, 3, 32, 32}).value())).value().to_vector<double>();
  };
  CHECK(logits() != logits());
  drawing.eval();
  CHECK(logits() == logits());
}

TEST_CASE("a vision transformer names what does not fit") {
  nn::VisionTransformer net(small_options());
  net.initialise(1);
  CHECK(contains(error_of([&] {
                   net(Variable(Tensor::zeros({2, 2, 6, 4})));
                 }),
                 "found images [2, 2, 6, 4], expected [n, 2, 4, 6]"));
  CHECK(contains(error_of([&] { net(Variable(Tensor::zeros({2, 4, 6}))); }), "[2, 4, 6]"));
  CHECK(contains(error_of([] {
                   nn::VisionTransformer({.image = 32, .patch = {4, 5}});
                 }),
                 "found patches of 4 x 5 and images of 32 x 32"));
  CHECK(contains(error_of([] { nn::VisionTransformer({.patch = 0}); }), "patches of 0 x 0"));
  CHECK(contains(error_of([] { nn::VisionTransformer({.layers = 0}); }), "0 layers"));
  CHECK(contains(error_of([] { nn::VisionTransformer({.width = 6, .heads = 4}); }), "4 heads"));
}
