// Attention by several heads, to the sequence itself or to another one.
#pragma once

#include <optional>

#include "tutti/nn/key_value_cache.h"
#include "tutti/nn/linear.h"
#include "tutti/ops/attention.h"
#include "tutti/ops/rotary.h"

namespace tutti::nn {

struct MultiHeadAttentionOptions {
  std::int64_t width = 0;
  std::int64_t heads = 1;     ///< divides width
  std::int64_t kv_heads = 0;  ///< of keys and values; divides heads; 0: as many
  bool bias = true;
  double dropout = 0;                        ///< of the probabilities, in training
  bool causal = false;                       ///< place i sees places 0 to i
  std::optional<RotaryOptions> rotary = {};  ///< turns queries and keys by their places
};

/// query [n, t, width], key and value [n, s, width] give [n, t, width]; see tutti::attention.
/// Parameters are PyTorch's: in_proj_weight [(heads + 2 kv_heads) width / heads, width], rows for
/// all queries, then keys, then values, each by head; in_proj_bias; out_proj.weight and .bias.
/// They start as PyTorch's do. The mask broadcasts to [n, heads, t, s]; as in
/// torch.nn.MultiheadAttention one of floats is added to the scaled products, and one of u8 hides
/// keys where it is not 0: [n, 1, 1, s] for sequences that are padded. Unlike there, a query that
/// sees no key gets out_proj.bias instead of NaN. Which probabilities become 0 depends on (seed,
/// path, step, shard, call, element) alone. Source: Vaswani et al., arXiv:1706.03762.
class MultiHeadAttention : public Layer<MultiHeadAttention> {
 public:
  explicit MultiHeadAttention(const MultiHeadAttentionOptions& options);

  Variable forward(const Variable& query, const Variable& key, const Variable& value,
                   const Tensor& mask = {}) const;
  /// To the sequence itself.
  Variable forward(const Variable& x, const Tensor& mask = {}) const {
    return forward(x, x, x, mask);
  }
  /// x are the places after those that the cache's layer has read, and are added to them. It must
  /// be causal, and gradients must not be recorded.
  Variable forward(const Variable& x, const KeyValueCache& cache, std::int64_t layer = 0) const;

 private:
  struct Projected;
  AttentionOptions attention_options(std::int64_t offset) const;
  Projected project(const Variable& query, const Variable& key, const Variable& value) const;
  Variable joined(const Variable& by_head) const;

  MultiHeadAttentionOptions options_;
  std::int64_t kv_heads_;
  Variable in_proj_weight_, in_proj_bias_;
  Linear out_proj_;
};

}  // namespace tutti::nn
