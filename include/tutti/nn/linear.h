// A fully connected layer.
#pragma once

#include "tutti/nn/layer.h"
#include "tutti/ops/matmul.h"

namespace tutti::nn {

/// y = x weight^T + bias: x [..., inputs], weight [outputs, inputs], bias [outputs]. Both are drawn
/// uniformly within 1 / sqrt(inputs), as PyTorch does. Error for less than one input or output.
class Linear : public Layer<Linear> {
 public:
  Linear(std::int64_t inputs, std::int64_t outputs, bool bias = true);
  Variable forward(const Variable& x) const { return linear(x, weight_, bias_); }
  const Variable& weight() const { return weight_; }
  const Variable& bias() const { return bias_; }  ///< empty without one

 private:
  Variable weight_, bias_;
};

}  // namespace tutti::nn
