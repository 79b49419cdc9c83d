// Layer normalisation.
#pragma once

#include "tutti/nn/layer.h"

namespace tutti::nn {

struct LayerNormOptions {
  double epsilon = 1e-5;
  bool bias = true;
};

/// Over the last axis of x [..., width]; see tutti::layer_norm. weight [width] starts as 1, bias
/// [width] as 0.
class LayerNorm : public Layer<LayerNorm> {
 public:
  explicit LayerNorm(std::int64_t width, const LayerNormOptions& options = {});
  Variable forward(const Variable& x) const;

 private:
  double epsilon_;
  Variable weight_, bias_;
};

}  // namespace tutti::nn
