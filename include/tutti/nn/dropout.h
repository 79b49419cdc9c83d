// Dropout.
#pragma once

#include "tutti/nn/layer.h"

namespace tutti::nn {

/// In training, zeroes each element with probability `rate` and divides the others by 1 - rate;
/// otherwise the identity. What it draws depends on (seed, path, step, shard, call, element) alone.
class Dropout : public Layer<Dropout> {
 public:
  explicit Dropout(double rate = 0.5);
  Variable forward(const Variable& x) const;

 private:
  double rate_;
};

}  // namespace tutti::nn
