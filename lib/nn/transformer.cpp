// The layers that a transformer is made of.
#include "tutti/nn/causal_self_attention.h"
#include "tutti/nn/embedding.h"
#include "tutti/nn/layer_norm.h"
#include "tutti/ops/attention.h"
#include "tutti/ops/index_select.h"
#include "tutti/ops/layer_norm.h"
#include "tutti/ops/split.h"

namespace tutti::nn {

Embedding::Embedding(std::int64_t count, std::int64_t width) {
  if (count < 1 || width < 1)
    raise("Embedding: found ", count, " rows of width ", width, ", expected 1 or more");
  weight_ = add_parameter("weight", {count, width}, normal(1));
}

Variable Embedding::forward(const Variable& indices) const {
  return index_select(weight_, 0, indices.value());
}

LayerNorm::LayerNorm(std::int64_t width, const LayerNormOptions& options)
    : epsilon_(options.epsilon) {
  if (width < 1 || !(options.epsilon >= 0))
    raise("LayerNorm: found width ", width, " and epsilon ", options.epsilon,
          ", expected 1 or more and 0 or more");
  weight_ = add_parameter("weight", {width}, ones());
  if (options.bias) bias_ = add_parameter("bias", {width}, zeros());
}

Variable LayerNorm::forward(const Variable& x) const {
  return layer_norm(x, weight_, bias_, epsilon_);
}

CausalSelfAttention::CausalSelfAttention(const CausalSelfAttentionOptions& options)
    : heads_(options.heads),
      c_attn_(add("c_attn", Linear(options.width, 3 * options.width, options.bias))),
      c_proj_(add("c_proj", Linear(options.width, options.width, options.bias))),
      dropout_(add("dropout", Dropout(options.dropout))) {
  if (heads_ < 1 || options.width % heads_ != 0)
    raise("CausalSelfAttention: found width ", options.width, " for ", heads_,
          " heads, expected a multiple");
}

Variable CausalSelfAttention::forward(const Variable& x) const {
  const Shape& shape = x.shape();
  if (shape.rank() != 3)
    raise("CausalSelfAttention: found input ", shape, ", expected [n, t, width]");
  const std::int64_t width = shape[2];
  Variable qkv = reshape(c_attn_(x), {shape[0], shape[1], 3, heads_, width / heads_});
  // [n, t, 1, heads, d] to [n, 1, heads, t, d] and back: views, no copies.
  auto by_head = [](const Variable& part) { return permute(part, {0, 2, 3, 1, 4}); };
  std::vector<Variable> parts = split(qkv, 1, 2);
  Variable y = attention(by_head(parts[0]), by_head(parts[1]), by_head(parts[2]), {.causal = true});
  return dropout_(c_proj_(reshape(permute(y, {0, 3, 1, 2, 4}), shape)));
}

}  // namespace tutti::nn
