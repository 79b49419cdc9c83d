// A convolutional layer.
#pragma once

#include "tutti/nn/layer.h"
#include "tutti/ops/conv2d.h"

namespace tutti::nn {

/// x [n, inputs, h, w] gives [n, outputs, h', w'], see tutti::conv2d. weight [outputs, inputs,
/// size, size] and bias [outputs] are drawn uniformly within 1 / sqrt(inputs * size^2), as PyTorch
/// does.
class Conv2d : public Layer<Conv2d> {
 public:
  Conv2d(std::int64_t inputs, std::int64_t outputs, std::int64_t size, ConvGeometry geometry = {},
         bool bias = true);
  Variable forward(const Variable& x) const;

 private:
  ConvGeometry geometry_;
  Variable weight_, bias_;
};

}  // namespace tutti::nn
