#include "tutti/nn/transformer_block.h"

#include "tutti/ops/activation.h"
#include "tutti/ops/split.h"

namespace tutti::nn {
namespace {

MultiHeadAttention attention_of(const TransformerBlockOptions& options, bool own) {
  return MultiHeadAttention({.width = options.width,
                             .heads = options.heads,
                             .kv_heads = options.kv_heads,
                             .bias = options.bias,
                             .dropout = options.attention_dropout,
                             .causal = own && options.causal,
                             .rotary = own ? options.rotary : std::nullopt});
}

TransformerNorm norm_of(const TransformerBlockOptions& options) {
  return {options.norm, options.width, options.epsilon, options.bias};
}

std::int64_t hidden_of(const TransformerBlockOptions& options) {
  if (options.hidden < 0)
    raise("TransformerBlock: found hidden ", options.hidden, ", expected 0 or more");
  return options.hidden > 0 ? options.hidden : 4 * options.width;
}

Variable masked(const MultiHeadAttention& attend, const Variable& x, const Variable& memory,
                const Tensor& mask) {
  return mask ? attend(x, memory, memory, mask) : attend(x, memory, memory);
}

}  // namespace

TransformerBlock::TransformerBlock(const TransformerBlockOptions& options)
    : options_(options),
      hidden_(hidden_of(options)),
      self_attn_(add("self_attn", attention_of(options, true))),
      linear1_(add(
          "linear1",
          Linear(options.width, options.activation == MlpActivation::swiglu ? 2 * hidden_ : hidden_,
                 options.bias))),
      linear2_(add("linear2", Linear(hidden_, options.width, options.bias))),
      norm1_(add("norm1", norm_of(options))),
      norm2_(add("norm2", norm_of(options))),
      dropout_(add("dropout", Dropout(options.dropout))),
      dropout1_(add("dropout1", Dropout(options.dropout))),
      dropout2_(add("dropout2", Dropout(options.dropout))) {
  if (!options.cross) return;
  multihead_attn_ = add("multihead_attn", attention_of(options, false));
  norm3_ = add("norm3", norm_of(options));
  dropout3_ = add("dropout3", Dropout(options.dropout));
}

Variable TransformerBlock::mlp(const Variable& x) const {
  Variable y = linear1_(x);
  switch (options_.activation) {
    case MlpActivation::relu:
      y = relu(y);
      break;
    case MlpActivation::gelu:
      y = gelu(y);
      break;
    case MlpActivation::gelu_tanh:
      y = gelu_tanh(y);
      break;
    case MlpActivation::swiglu: {
      const std::vector<Variable> halves = split(y, hidden_, -1);
      y = silu(halves[0]) * halves[1];
    }
  }
  return linear2_(dropout_(y));
}

template <class SelfAttention>
Variable TransformerBlock::run(const Variable& x, const SelfAttention& attend,
                               const Variable& memory, const Tensor& memory_mask) const {
  if (static_cast<bool>(memory) != options_.cross)
    raise("TransformerBlock: found ", memory ? "a" : "no", " memory, expected ",
          options_.cross ? "one: it was made with" : "none: it was made without", " cross");
  auto attended = [&](const Variable& y) { return dropout1_(attend(y)); };
  if (!options_.cross)
    return beside(beside(x, norm1_, attended), norm2_,
                  [&](const Variable& y) { return dropout2_(mlp(y)); });
  auto crossed = [&](const Variable& y) {
    return dropout2_(masked(*multihead_attn_, y, memory, memory_mask));
  };
  return beside(beside(beside(x, norm1_, attended), norm2_, crossed), *norm3_,
                [&](const Variable& y) { return (*dropout3_)(mlp(y)); });
}

Variable TransformerBlock::forward(const Variable& x, const Tensor& mask) const {
  return forward(x, Variable(), mask);
}

Variable TransformerBlock::forward(const Variable& x, const Variable& memory, const Tensor& mask,
                                   const Tensor& memory_mask) const {
  return run(
      x, [&](const Variable& y) { return masked(self_attn_, y, y, mask); }, memory, memory_mask);
}

Variable TransformerBlock::forward(const Variable& x, const KeyValueCache& cache,
                                   std::int64_t layer) const {
  return forward(x, Variable(), cache, layer);
}

Variable TransformerBlock::forward(const Variable& x, const Variable& memory,
                                   const KeyValueCache& cache, std::int64_t layer,
                                   const Tensor& memory_mask) const {
  return run(
      x, [&](const Variable& y) { return self_attn_(y, cache, layer); }, memory, memory_mask);
}

}  // namespace tutti::nn
