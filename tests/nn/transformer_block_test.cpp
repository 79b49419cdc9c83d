// TransformerBlock against PyTorch's layers, and what they do not have.
#include "tutti/nn/transformer_block.h"

#include "support/errors.h"
#include "support/module_golden.h"
#include "tutti/nn/transformer_norm.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/concat.h"
#include "tutti/ops/layer_norm.h"
#include "tutti/ops/rms_norm.h"

using namespace tutti;
using nn::MlpActivation;
using test::contains;
using test::error_of;
using test::largest_difference;

namespace {

Tensor numbers(const Shape& shape, std::uint64_t seed) {
  return nn::draw(nn::normal(1), shape, Dtype::f64, seed, 0, Device::cpu());
}

// Norms over four features divide by deviations below 1, which makes more of rounding.
void compare(const char* name, nn::TransformerBlockOptions options) {
  INFO(name);
  options.width = 4, options.heads = 2, options.hidden = 5;
  const test::GoldenModule golden{{"transformer", name}, options.cross ? "layer." : ""};
  nn::TransformerBlock block(options);
  golden.load(block);
  Variable x(golden.golden.tensor("x0"), true), memory;
  if (options.cross) memory = Variable(golden.golden.tensor("x1"), true);
  Variable y = options.cross ? block(x, memory) : block(x);
  CHECK(largest_difference(y.value(), golden.golden.tensor("y")) < 1e-12);
  y.backward({.seed = golden.golden.tensor("dy")});
  CHECK(largest_difference(x.grad(), golden.golden.tensor("dx0")) < 1e-12);
  if (memory) CHECK(largest_difference(memory.grad(), golden.golden.tensor("dx1")) < 1e-12);
  golden.check_gradients(block, 1e-12);
}

}  // namespace

TEST_CASE("transformer blocks give the numbers of PyTorch's encoder and decoder layers") {
  compare("post_norm_relu", {.activation = MlpActivation::relu, .norm_first = false});
  compare("pre_norm_gelu", {.epsilon = 1e-3});
  compare("post_norm_gelu_tanh",
          {.activation = MlpActivation::gelu_tanh, .norm_first = false, .bias = false});
  compare("decoder_pre_norm", {.activation = MlpActivation::relu, .causal = true, .cross = true});
  compare("decoder_post_norm", {.norm_first = false, .causal = true, .cross = true});
}

TEST_CASE("swiglu multiplies one half by the silu of the other") {
  nn::TransformerBlock block({.width = 4, .hidden = 3, .activation = MlpActivation::swiglu});
  block.initialise(2, Device::cpu(), Dtype::f64);
  CHECK(block.parameters("linear1.weight")[0].shape() == Shape{6, 4});
  CHECK(block.parameters("linear2.weight")[0].shape() == Shape{4, 3});
  // Without attention's part: its last layer is set to 0.
  for (const Parameter& parameter : block.parameters("self_attn.out_proj.*"))
    parameter.value().fill(0);
  auto value = [&](const char* name) { return block.parameters(name)[0].value(); };
  const Tensor x = numbers({1, 2, 4}, 3);
  const Tensor y = linear(layer_norm(x), value("linear1.weight"), value("linear1.bias"));
  const Tensor gated = silu(y.slice(-1, 0, 3)) * y.slice(-1, 3, 6);
  CHECK(largest_difference(block(Variable(x)).value(), x + linear(gated, value("linear2.weight"),
                                                                  value("linear2.bias"))) < 1e-14);
}

TEST_CASE("norms by the root mean square stand where the others do") {
  nn::TransformerBlock block({.width = 4, .hidden = 3, .norm = nn::NormKind::rms, .epsilon = 1e-3});
  block.initialise(2, Device::cpu(), Dtype::f64);
  auto value = [&](const char* name) { return block.parameters(name)[0].value(); };
  CHECK(block.parameters("norm*").size() == 2);  // no biases
  value("norm1.weight").copy_from(numbers({4}, 5));
  value("norm2.weight").copy_from(numbers({4}, 6));
  const Variable x(numbers({1, 3, 4}, 3));
  nn::MultiHeadAttention attend({.width = 4});
  attend.initialise(2, Device::cpu(), Dtype::f64);
  for (const Parameter& parameter : attend.parameters())
    Variable(parameter).set_value(value(text("self_attn.", parameter.path).c_str()));
  const Tensor y = (x + attend(rms_norm(x, value("norm1.weight"), 1e-3))).value();
  const Tensor inside = gelu(linear(rms_norm(y, value("norm2.weight"), 1e-3),
                                    value("linear1.weight"), value("linear1.bias")));
  CHECK(largest_difference(block(x).value(), y + linear(inside, value("linear2.weight"),
                                                        value("linear2.bias"))) < 1e-14);
}

TEST_CASE("a block reads a sequence in parts") {
  const Tensor x = numbers({2, 5, 8}, 1);
  const Variable memory(numbers({2, 3, 8}, 2));
  for (bool cross : {false, true}) {
    nn::TransformerBlock block({.width = 8,
                                .heads = 4,
                                .kv_heads = 2,
                                .activation = MlpActivation::swiglu,
                                .causal = true,
                                .cross = cross,
                                .rotary = RotaryOptions{}});
    block.initialise(3, Device::cpu(), Dtype::f64);
    NoGrad no_grad;
    nn::KeyValueCache cache(5);
    std::vector<Tensor> parts;
    for (std::int64_t place = 0; place < 5; ++place) {
      const Variable part(x.slice(1, place, place + 1));
      parts.push_back((cross ? block(part, memory, cache) : block(part, cache)).value());
    }
    const Variable whole(x);
    CHECK(largest_difference(concat(parts, 1),
                             (cross ? block(whole, memory) : block(whole)).value()) < 1e-12);
  }
}

TEST_CASE("masks hide keys, and hooks see a block's parts") {
  nn::TransformerBlock block({.width = 4, .heads = 2, .dropout = 0.5});
  block.initialise(3, Device::cpu(), Dtype::f64);
  block.eval();
  int seen = 0;
  for (const auto& [path, module] : block.modules())
    module.add_hook(nn::Module::PreHook([&](const nn::Module&, std::span<Variable>) { ++seen; }));
  Tensor x = numbers({1, 3, 4}, 1), other = x.clone();
  other.slice(1, 2, 3).fill(7);
  Tensor mask = Tensor::from(std::vector<double>{0, 0, 1}, {3}).to(Dtype::u8);
  auto first = [&](const Tensor& y) {
    return block(Variable(y), mask).value().slice(1, 0, 2).contiguous().to_vector<double>();
  };
  CHECK(first(x) == first(other));
  CHECK(seen > 0);
  CHECK(block(Variable(x)).value().to_vector<double>() !=
        block(Variable(x), mask).value().to_vector<double>());
  block.train();
  CHECK(block(Variable(x)).value().to_vector<double>() !=
        block(Variable(x)).value().to_vector<double>());
}

TEST_CASE("blocks name what does not fit") {
  nn::TransformerBlock encoder({.width = 4}), decoder({.width = 4, .cross = true});
  encoder.initialise(1, Device::cpu(), Dtype::f64);
  decoder.initialise(1, Device::cpu(), Dtype::f64);
  const Variable x(numbers({1, 3, 4}, 1));
  CHECK(contains(error_of([&] { encoder(x, x); }), "found a memory, expected none"));
  CHECK(contains(error_of([&] { decoder(x); }), "found no memory, expected one"));
  CHECK(contains(error_of([] { nn::TransformerBlock({.width = 4, .hidden = -1}); }), "hidden -1"));
}
