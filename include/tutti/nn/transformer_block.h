// A block of a transformer: attention and a network of two layers, each beside a residual.
#pragma once

#include "tutti/nn/dropout.h"
#include "tutti/nn/multi_head_attention.h"
#include "tutti/nn/transformer_norm.h"

namespace tutti::nn {

/// What is between the two linear layers. swiglu: silu(a) * b of the first one's halves a and b
/// (Shazeer, arXiv:2002.05202).
enum class MlpActivation { relu, gelu, gelu_tanh, swiglu };

struct TransformerBlockOptions {
  std::int64_t width = 0;
  std::int64_t heads = 1;     ///< divides width
  std::int64_t kv_heads = 0;  ///< as in MultiHeadAttentionOptions
  std::int64_t hidden = 0;    ///< between the linear layers; 0: 4 width
  MlpActivation activation = MlpActivation::gelu;
  NormKind norm = NormKind::layer;
  bool norm_first = true;                    ///< x + part(norm(x)); else norm(x + part(x))
  double epsilon = 1e-5;                     ///< of the norms
  double dropout = 0;                        ///< of each part's result and after the activation
  double attention_dropout = 0;              ///< of attention's probabilities
  bool bias = true;                          ///< in linear layers and norms
  bool causal = false;                       ///< place i sees places 0 to i
  bool cross = false;                        ///< a decoder's: attends to a memory, too
  std::optional<RotaryOptions> rotary = {};  ///< in self-attention
};

/// x [n, t, width], and with `cross` a memory [n, s, width], give [n, t, width]. Names are those of
/// torch.nn.TransformerEncoderLayer and, with `cross`, TransformerDecoderLayer: self_attn,
/// multihead_attn, linear1, linear2, norm1, norm2, norm3, dropout, dropout1, dropout2, dropout3; so
/// are the first values. linear1 has 2 hidden rows for swiglu. PyTorch's dropout is both of ours.
/// Masks: see MultiHeadAttention. Error where a memory is missing or not expected.
class TransformerBlock : public Layer<TransformerBlock> {
 public:
  explicit TransformerBlock(const TransformerBlockOptions& options);

  Variable forward(const Variable& x, const Tensor& mask = {}) const;
  Variable forward(const Variable& x, const Variable& memory, const Tensor& mask = {},
                   const Tensor& memory_mask = {}) const;
  /// The places after those that the cache's layer has read: see MultiHeadAttention.
  Variable forward(const Variable& x, const KeyValueCache& cache, std::int64_t layer = 0) const;
  Variable forward(const Variable& x, const Variable& memory, const KeyValueCache& cache,
                   std::int64_t layer = 0, const Tensor& memory_mask = {}) const;

 private:
  template <class Part>
  Variable beside(const Variable& x, const TransformerNorm& norm, const Part& part) const {
    return options_.norm_first ? x + part(norm(x)) : norm(x + part(x));
  }
  template <class SelfAttention>
  Variable run(const Variable& x, const SelfAttention& attend, const Variable& memory,
               const Tensor& memory_mask) const;
  Variable mlp(const Variable& x) const;

  TransformerBlockOptions options_;
  std::int64_t hidden_;
  MultiHeadAttention self_attn_;
  std::optional<MultiHeadAttention> multihead_attn_;
  Linear linear1_, linear2_;
  TransformerNorm norm1_, norm2_;
  std::optional<TransformerNorm> norm3_;
  Dropout dropout_, dropout1_, dropout2_;
  std::optional<Dropout> dropout3_;
};

}  // namespace tutti::nn
