// The norms of transformers, of a kind that an option chooses.
#pragma once

#include <variant>

#include "tutti/nn/layer_norm.h"
#include "tutti/nn/rms_norm.h"

namespace tutti::nn {

/// LayerNorm or RMSNorm.
enum class NormKind { layer, rms };

/// One of them over the last axis. `bias` is of a LayerNorm; an RMSNorm has none.
class TransformerNorm {
 public:
  TransformerNorm(NormKind kind, std::int64_t width, double epsilon, bool bias)
      : norm_(kind == NormKind::rms
                  ? Either(RMSNorm(width, {.epsilon = epsilon}))
                  : Either(LayerNorm(width, {.epsilon = epsilon, .bias = bias}))) {}

  Variable operator()(const Variable& x) const {
    return std::visit([&](const auto& norm) { return norm(x); }, norm_);
  }
  /// The module, to be registered.
  operator const Module&() const {
    return std::visit([](const auto& norm) -> const Module& { return norm; }, norm_);
  }

 private:
  using Either = std::variant<LayerNorm, RMSNorm>;
  Either norm_;
};

}  // namespace tutti::nn
