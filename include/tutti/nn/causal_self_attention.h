// Attention of a sequence to its own past.
#pragma once

#include "tutti/nn/dropout.h"
#include "tutti/nn/key_value_cache.h"
#include "tutti/nn/linear.h"

namespace tutti::nn {

struct CausalSelfAttentionOptions {
  std::int64_t width = 0;
  std::int64_t heads = 1;        ///< divides width
  double dropout = 0;            ///< of the result
  double attention_dropout = 0;  ///< of the probabilities, in training
  bool bias = true;
};

/// x [n, t, width] gives the same shape. c_attn's rows are all queries, then keys, then values,
/// each by head. With a cache, x are the places after those that its layer `layer` has read, and
/// are added to them: only under NoGrad.
class CausalSelfAttention : public Layer<CausalSelfAttention> {
 public:
  explicit CausalSelfAttention(const CausalSelfAttentionOptions& options);
  Variable forward(const Variable& x) const { return attend(x, nullptr, 0); }
  Variable forward(const Variable& x, const KeyValueCache& cache, std::int64_t layer = 0) const {
    return attend(x, &cache, layer);
  }

 private:
  Variable attend(const Variable& x, const KeyValueCache* cache, std::int64_t layer) const;

  std::int64_t heads_;
  double attention_dropout_;
  Linear c_attn_, c_proj_;
  Dropout dropout_;
};

}  // namespace tutti::nn
