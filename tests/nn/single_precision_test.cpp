// Layers and losses in f32 against themselves in f64: values and gradients.
#include <cmath>
#include <functional>

#include "support/catch.h"
#include "tutti/nn/gpt.h"
#include "tutti/nn/loss.h"
#include "tutti/nn/multi_head_attention.h"
#include "tutti/nn/recurrent.h"
#include "tutti/nn/transformer_block.h"
#include "tutti/ops/softmax.h"

using namespace tutti;

namespace {

using Inputs = std::vector<Variable>;

constexpr double unit = 0x1p-24;  // half of f32's epsilon: what one rounding adds at most

// In [-1, 1], the same in f32 and in f64, of which no symmetry is known.
Tensor numbers(const Shape& shape, int seed) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < shape.count(); ++i)
    values.push_back(static_cast<float>(std::sin(static_cast<double>(37 * i + 11 * seed))));
  return Tensor::from(values, shape);
}

// The value, and the gradients of the inputs and of the module's parameters.
std::vector<Tensor> results(Dtype dtype, const std::vector<Shape>& shapes, const nn::Module& module,
                            const std::function<Variable(const Inputs&)>& call) {
  Inputs inputs;
  for (const Shape& shape : shapes)
    inputs.emplace_back(numbers(shape, static_cast<int>(inputs.size())).to(dtype), true);
  const Variable y = call(inputs);
  y.backward({.seed = numbers(y.shape(), 9).to(dtype)});
  std::vector<Tensor> out{y.value()};
  for (const Variable& x : inputs) out.push_back(x.grad());
  for (const Parameter& parameter : module.parameters()) out.push_back(parameter.grad());
  return out;
}

// A result that comes from its inputs by n roundings one after the other, each of numbers of its
// own size, is off by n units of that size at most. Where a sum's terms are larger than the sum, so
// is what is off: the size is the tensor's largest number, which a sum of terms of either sign
// exceeds by less than its terms.
void compare(const std::vector<Tensor>& found, const std::vector<Tensor>& expected, double n) {
  REQUIRE(found.size() == expected.size());
  double any = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("result " << i << " of shape " << text(found[i].shape()));
    REQUIRE(found[i].dtype() == Dtype::f32);
    REQUIRE(expected[i].dtype() == Dtype::f64);
    const std::vector<double> x = found[i].to(Dtype::f64).to_vector<double>();
    const std::vector<double> y = expected[i].to_vector<double>();
    REQUIRE(x.size() == y.size());
    double largest = 0;
    for (double value : y) {
      REQUIRE(std::isfinite(value));
      largest = std::max(largest, std::abs(value));
    }
    for (std::size_t k = 0; k < x.size(); ++k) {
      REQUIRE(std::abs(x[k] - y[k]) <= n * unit * largest);  // false for NaN
      any = std::max(any, std::abs(x[k] - y[k]));
    }
  }
  CHECK(any > 0);  // else both were computed alike
}

template <class Layer>
void check_layer(const char* name, Layer layer, double n, const std::vector<Shape>& shapes,
                 const std::function<Variable(const Layer&, const Inputs&)>& call) {
  INFO(name);
  layer.initialise(3);
  const auto apply = [&](const Inputs& in) { return call(layer, in); };
  const std::vector<Tensor> found = results(Dtype::f32, shapes, layer, apply);
  layer.zero_grad();
  layer.to(Dtype::f64);
  compare(found, results(Dtype::f64, shapes, layer, apply), n);
}

}  // namespace

// A step adds up inputs + width products and takes five roundings more; there and back, and once
// for each layer. The gradients of weights add up steps * n terms.
TEST_CASE("recurrent layers in f32 are those in f64") {
  constexpr std::int64_t inputs = 3, width = 5, steps = 7, count = 2;
  constexpr double n = 2 * 2 * steps * (2 * width + inputs + 5) + steps * count;
  const nn::RecurrentOptions options{.layers = 2, .bidirectional = true};
  const Shape x{steps, count, inputs};
  check_layer<nn::RNN>("tanh", {inputs, width, options}, n, {x},
                       [](const auto& layer, const Inputs& in) { return layer(in[0]).y; });
  check_layer<nn::RNN>("relu", {inputs, width, options, RnnForm::relu}, n, {x},
                       [](const auto& layer, const Inputs& in) { return layer(in[0]).y; });
  check_layer<nn::LSTM>("LSTM", {inputs, width, options}, n, {x},
                        [](const auto& layer, const Inputs& in) { return layer(in[0]).y; });
  check_layer<nn::GRU>("GRU", {inputs, width, options}, n, {x},
                       [](const auto& layer, const Inputs& in) { return layer(in[0]).y; });
}

// Products of `width` terms for queries and keys, of `each` for scores, a softmax over the places,
// whose exponentials take 4 units, a sum of as many, and the outer product; there and back. The
// gradients of weights add up places * n terms.
TEST_CASE("attention and transformers in f32 are those in f64") {
  constexpr std::int64_t width = 12, heads = 3, places = 7, count = 2;
  constexpr double attention = 2 * (2 * width + width / heads + 2 * places + 8) + places * count;
  // Two norms of three passes each and an MLP of two products.
  constexpr double block = attention + 2 * (2 * 3 * width + 5 * width + 8);
  const Shape x{count, places, width};
  check_layer<nn::MultiHeadAttention>(
      "MultiHeadAttention", nn::MultiHeadAttention({.width = width, .heads = heads}), attention,
      {x, {count, places + 2, width}},
      [](const auto& layer, const Inputs& in) { return layer(in[0], in[1], in[1]); });
  for (bool norm_first : {true, false})
    check_layer<nn::TransformerBlock>(
        "TransformerBlock",
        nn::TransformerBlock(
            {.width = width, .heads = heads, .norm_first = norm_first, .causal = true}),
        block, {x}, [](const auto& layer, const Inputs& in) { return layer(in[0]); });
  const Tensor tokens =
      Tensor::from(std::vector<std::int64_t>{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7}, {2, 7});
  check_layer<nn::Gpt>(
      "Gpt", nn::Gpt({.vocabulary = 11, .context = 7, .width = width, .heads = heads, .layers = 2}),
      3 * block, {}, [&](const auto& layer, const Inputs&) { return layer(tokens); });
}

// A loss of `rows` rows of `classes` adds them all up, after some ten roundings and two functions
// of 4 units for each element; softmax adds a sum of `classes`, and so does its gradient.
TEST_CASE("losses in f32 are those in f64") {
  constexpr std::int64_t rows = 6, classes = 5;
  constexpr double n = rows * classes + 2 * classes + 10 + 2 * 4;
  const Shape shape{rows, classes};
  const Tensor labels = Tensor::from(std::vector<std::int64_t>{1, 4, -100, 0, 3, 1}, {rows});
  const Tensor signs = Tensor::from(std::vector<std::int64_t>{1, -1, -1, 1, -1, 1}, {rows});
  const auto like = [](const Variable& x, double lo, double hi) {  // constants of x's dtype
    return (numbers(x.shape(), 5) * (0.5 * (hi - lo)) + 0.5 * (lo + hi)).to(x.dtype());
  };
  struct Loss {
    const char* name;
    std::function<Variable(const Inputs&)> call;
    std::size_t inputs = 1;
  };
  const Loss losses[] = {
      {"mse_loss", [](const Inputs& in) { return nn::mse_loss(in[0], in[1]); }, 2},
      {"l1_loss", [](const Inputs& in) { return nn::l1_loss(in[0], in[1]); }, 2},
      {"huber_loss", [](const Inputs& in) { return nn::huber_loss(in[0], in[1], {.delta = 0.7}); },
       2},
      {"smooth_l1_loss",
       [](const Inputs& in) { return nn::smooth_l1_loss(in[0], in[1], {.beta = 0.3}); }, 2},
      {"bce_with_logits",
       [&](const Inputs& in) {
         return nn::bce_with_logits(in[0], like(in[0], 0, 1), {.pos_weight = like(in[0], 0.5, 2)});
       }},
      {"kl_div",
       [&](const Inputs& in) { return nn::kl_div(log_softmax(in[0]), like(in[0], 0.1, 1)); }},
      {"nll_loss", [&](const Inputs& in) { return nn::nll_loss(log_softmax(in[0]), labels); }},
      {"cross_entropy",
       [&](const Inputs& in) {
         return nn::cross_entropy(in[0], labels, {.label_smoothing = 0.1});
       }},
      {"cosine_similarity", [](const Inputs& in) { return nn::cosine_similarity(in[0], in[1]); },
       2},
      {"cosine_embedding_loss",
       [&](const Inputs& in) {
         return nn::cosine_embedding_loss(in[0], in[1], signs, {.margin = -0.5});
       },
       2}};
  for (const auto& [name, call, inputs] : losses) {
    INFO(name);
    const std::vector<Shape> shapes(inputs, shape);
    compare(results(Dtype::f32, shapes, nn::Module(), call),
            results(Dtype::f64, shapes, nn::Module(), call), n);
  }
}
