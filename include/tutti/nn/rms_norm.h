// Normalisation by the root mean square.
#pragma once

#include <optional>

#include "tutti/nn/layer.h"

namespace tutti::nn {

struct RMSNormOptions {
  std::optional<double> epsilon = {};  ///< empty: the distance from 1 to the dtype's next number
  bool affine = true;                  ///< has a weight
};

/// Over the last axis of x [..., width]; see tutti::rms_norm. weight [width] starts as 1. 16-bit
/// floats are computed in f32, whose epsilon counts.
class RMSNorm : public Layer<RMSNorm> {
 public:
  explicit RMSNorm(std::int64_t width, const RMSNormOptions& options = {});
  Variable forward(const Variable& x) const;

 private:
  std::int64_t width_;
  std::optional<double> epsilon_;
  Variable weight_;
};

}  // namespace tutti::nn
