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
  return CausalSelfAttention({.width = options.width,
                              .heads = options.heads,
                              .dropout = options.dropout,
                              .attention_dropout = options.attention_dropout,
                              .bias = options.bias});
}

TransformerNorm norm_of(const GptOptions& options) {
  return {options.norm, options.width, options.epsilon, options.bias};
}

}  // namespace

GptBlock::Mlp::Mlp(const GptOptions& options)
    : tanh_gelu(options.tanh_gelu),
      c_fc(add("c_fc", Linear(options.width, 4 * options.width, options.bias))),
      c_proj(add("c_proj", Linear(4 * options.width, options.width, options.bias))),
      dropout(add("dropout", Dropout(options.dropout))) {}

Variable GptBlock::Mlp::forward(const Variable& x) const {
  const Variable y = c_fc(x);
  return dropout(c_proj(tanh_gelu ? gelu_tanh(y) : gelu(y)));
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

Variable GptBlock::forward(const Variable& x, const KeyValueCache& cache,
                           std::int64_t layer) const {
  Variable y = x + attn_(ln_1_(x), cache, layer);
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
  for (std::int64_t i = 0; i < options.layers; ++i) {
    blocks_.emplace_back(options);
    h_.append(blocks_.back());
  }
  set_init("w?e.weight", normal(deviation));
}

Variable Gpt::embed(const Variable& tokens, std::int64_t before) const {
  const Shape& shape = tokens.shape();
  if (shape.rank() != 2 || before + shape[1] > options_.context)
    raise("Gpt: found tokens ", shape, before > 0 ? text(" after ", before) : "",
          ", expected [n, t] with t up to ", options_.context - before);
  return dropout_(wte_(tokens) + slice(wpe_.weight(), 0, before, before + shape[1]));
}

Variable Gpt::forward(const Variable& tokens) const {
  return linear(ln_f_(h_(embed(tokens, 0))), wte_.weight());
}

Variable Gpt::forward(const Variable& tokens, const KeyValueCache& cache) const {
  if (cache.layers() != options_.layers)
    raise("Gpt: found a cache for ", cache.layers(), " layers, expected one for ", options_.layers);
  Variable x = embed(tokens, cache.length());
  for (std::int64_t i = 0; i < options_.layers; ++i)
    x = blocks_[static_cast<std::size_t>(i)](x, cache, i);
  return linear(ln_f_(x), wte_.weight());
}

}  // namespace tutti::nn
