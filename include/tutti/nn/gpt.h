// A language model in the manner of GPT-2.
#pragma once

#include "tutti/nn/causal_self_attention.h"
#include "tutti/nn/embedding.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"
#include "tutti/nn/transformer_norm.h"

namespace tutti::nn {

struct GptOptions {
  std::int64_t vocabulary = 0;
  std::int64_t context = 0;  ///< the longest sequence
  std::int64_t width = 0;
  std::int64_t heads = 1;  ///< divides width
  std::int64_t layers = 1;
  double dropout = 0;            ///< of the embeddings and of each part's result
  double attention_dropout = 0;  ///< of attention's probabilities
  bool bias = false;             ///< in linear layers and norms
  double epsilon = 1e-5;         ///< of the norms
  bool tanh_gelu = false;        ///< GELU by tanh, see tutti::gelu_tanh
  NormKind norm = NormKind::layer;
};

/// x + attn(ln_1(x)), then x + mlp(ln_2(x)) with four times the width and GELU inside.
class GptBlock : public Layer<GptBlock> {
 public:
  explicit GptBlock(const GptOptions& options);
  Variable forward(const Variable& x) const;
  /// With the places that the cache's layer has read: see CausalSelfAttention.
  Variable forward(const Variable& x, const KeyValueCache& cache, std::int64_t layer = 0) const;

 private:
  TransformerNorm ln_1_;
  CausalSelfAttention attn_;
  TransformerNorm ln_2_;
  struct Mlp : Layer<Mlp> {
    explicit Mlp(const GptOptions& options);
    Variable forward(const Variable& x) const;
    bool tanh_gelu;
    Linear c_fc, c_proj;
    Dropout dropout;
  };
  Mlp mlp_;
};

/// tokens i64 [n, t], t up to `context`, give logits [n, t, vocabulary]. Learned positions, norms
/// before each part, and a head that is the token embedding (one parameter). Weights start from
/// N(0, 0.02), those that end in the residual over sqrt(2 layers), biases from 0. Parameters are
/// named as in GPT-2: wte, wpe, h.0.ln_1, h.0.attn.c_attn, ..., ln_f. GPT-2 itself is
/// {.vocabulary = 50257, .context = 1024, .width = 768, .heads = 12, .layers = 12, .bias = true,
/// .tanh_gelu = true}; its files hold the matrices of c_attn, c_fc and c_proj as [in, out], ours
/// are [out, in]: who loads them transposes those four of each block. Source: Radford et al.:
/// "Language models are unsupervised multitask learners", 2019.
class Gpt : public Layer<Gpt> {
 public:
  explicit Gpt(const GptOptions& options);
  Variable forward(const Variable& tokens) const;
  /// The logits of tokens [n, t] that follow those which the cache has read, and are added to it:
  /// under NoGrad.
  Variable forward(const Variable& tokens, const KeyValueCache& cache) const;
  /// An empty one for this model.
  KeyValueCache make_cache() const { return KeyValueCache(options_.context, options_.layers); }
  /// From now on keeps only what goes into each block, and computes the rest again in backward; see
  /// tutti::checkpoint. The bits are the same.
  Gpt& checkpoint_layers(bool on = true) {
    h_.checkpoint_layers(on);
    return *this;
  }
  const GptOptions& options() const { return options_; }

 private:
  Variable embed(const Variable& tokens, std::int64_t before) const;

  GptOptions options_;
  Embedding wte_, wpe_;
  Dropout dropout_;
  Sequential h_;
  std::vector<GptBlock> blocks_;  // the layers of h_
  TransformerNorm ln_f_;
};

}  // namespace tutti::nn
