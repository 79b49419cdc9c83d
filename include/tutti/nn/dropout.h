// Dropout.
#pragma once

#include "tutti/nn/module.h"

namespace tutti::nn {

/// In training, zeroes each element with probability `rate` and divides the others by 1 - rate;
/// otherwise the identity. What it draws depends on (seed, path, step, shard, element) alone.
class Dropout : public Module {
 public:
  explicit Dropout(double rate = 0.5);
  Variable forward(const Variable& x) const;
  Variable operator()(const Variable& x) const { return forward(x); }

 private:
  double rate_;
};

}  // namespace tutti::nn
