#include "tutti/nn/gpt.h"

#include <cmath>

namespace tutti::nn {
namespace {

constexpr double deviation = 0.02;

// What ends in the residual: there the blocks' variances add up.
Init residual_init(const GptOptions& options) {
  return normal(deviation / std::sqrt(2 * static_cast<double>(options.layers)));
}

CausalSelfAttention attention_of(const GptOptions& options) {
  return CausalSelfAttention({options.width, options.heads, options.dropout, options.bias});
}

LayerNorm norm_of(const GptOptions& options) {
  return LayerNorm(options.width, {.bias = options.bias});
}

}  // namespace

GptBlock::Mlp::Mlp(const GptOptions& options)
    : c_fc(add("c_fc", Linear(options.width, 4 * options.width, options.bias))),
      c_proj(add("c_proj", Linear(4 * options.width, options.width, options.bias))),
      dropout(add("dropout", Dropout(options.dropout))) {}

Variable GptBlock::Mlp::forward(const Variable& x) const {
  return dropout(c_proj(gelu(c_fc(x))));
}

GptBlock::GptBlock(const GptOptions& options)
    : ln_1_(add("ln_1", norm_of(options))),
      attn_(add("attn", attention_of(options))),
      ln_2_(add("ln_2", norm_of(options))),
      mlp_(add("mlp", Mlp(options))) {
  for (const char* part : {"attn.c_attn", "mlp.c_fc"})
    set_init(text(part, ".weight"), normal(deviation));
  for (const char* part : {"attn.c_proj", "mlp.c_proj"})
    set_init(text(part, ".weight"), residual_init(options));
  if (options.bias) set_init("*c_*.bias", zeros());
}

Variable GptBlock::forward(const Variable& x) const {
  Variable y = x + attn_(ln_1_(x));
  return y + mlp_(ln_2_(y));
}

Gpt::Gpt(const GptOptions& options)
    : options_(options),
      wte_(add("wte", Embedding(options.vocabulary, options.width))),
      wpe_(add("wpe", Embedding(options.context, options.width))),
      dropout_(add("dropout", Dropout(options.dropout))),
      h_(add("h", Sequential())),
      ln_f_(add("ln_f", norm_of(options))) {
  if (options.layers < 1) raise("Gpt: found ", options.layers, " layers, expected 1 or more");
  for (std::int64_t i = 0; i < options.layers; ++i) h_.append(GptBlock(options));
  set_init("w?e.weight", normal(deviation));
}

Variable Gpt::forward(const Variable& tokens) const {
  const Shape& shape = tokens.shape();
  if (shape.rank() != 2 || shape[1] > options_.context)
    raise("Gpt: found tokens ", shape, ", expected [n, t] with t up to ", options_.context);
  Variable x = dropout_(wte_(tokens) + slice(wpe_.weight(), 0, 0, shape[1]));
  return linear(ln_f_(h_(x)), wte_.weight());
}

}  // namespace tutti::nn
