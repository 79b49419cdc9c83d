#include "tutti/nn/causal_self_attention.h"

#include "tutti/ops/attention.h"
#include "tutti/ops/split.h"

namespace tutti::nn {

CausalSelfAttention::CausalSelfAttention(const CausalSelfAttentionOptions& options)
    : heads_(options.heads),
      attention_dropout_(options.attention_dropout),
      c_attn_(add("c_attn", Linear(options.width, 3 * options.width, options.bias))),
      c_proj_(add("c_proj", Linear(options.width, options.width, options.bias))),
      dropout_(add("dropout", Dropout(options.dropout))) {
  if (heads_ < 1 || options.width % heads_ != 0)
    raise("CausalSelfAttention: found width ", options.width, " for ", heads_,
          " heads, expected a multiple");
  if (!(attention_dropout_ >= 0 && attention_dropout_ < 1))
    raise("CausalSelfAttention: found attention_dropout ", attention_dropout_,
          ", expected 0 <= attention_dropout < 1");
}

Variable CausalSelfAttention::attend(const Variable& x, const KeyValueCache* cache,
                                     std::int64_t layer) const {
  const Shape& shape = x.shape();
  if (shape.rank() != 3)
    raise("CausalSelfAttention: found input ", shape, ", expected [n, t, width]");
  const std::int64_t width = shape[2];
  Variable qkv = reshape(c_attn_(x), {shape[0], shape[1], 3, heads_, width / heads_});
  // [n, t, 1, heads, d] to [n, 1, heads, t, d] and back: views, no copies.
  auto by_head = [](const Variable& part) { return permute(part, {0, 2, 3, 1, 4}); };
  std::vector<Variable> parts = split(qkv, 1, 2);
  Variable k = by_head(parts[1]), v = by_head(parts[2]);
  AttentionOptions options{.causal = true};
  if (training() && attention_dropout_ > 0)
    options.dropout = attention_dropout_, options.draw = next_draw();
  if (cache) {
    options.offset = cache->length(layer);
    const auto [keys, values] = cache->append(layer, k.value(), v.value());
    k = keys, v = values;
  }
  Variable y = attention(by_head(parts[0]), k, v, options);
  return dropout_(c_proj_(reshape(permute(y, {0, 3, 1, 2, 4}), shape)));
}

}  // namespace tutti::nn
