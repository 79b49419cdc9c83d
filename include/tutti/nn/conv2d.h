// A convolutional layer.
#pragma once

#include "tutti/nn/module.h"
#include "tutti/ops/conv2d.h"

namespace tutti::nn {

/// x [n, inputs, h, w] gives [n, outputs, h', w'], see tutti::conv2d. weight [outputs, inputs,
/// size, size] is drawn by kaiming_uniform(inputs * size^2), bias [outputs] is 0.
class Conv2d : public Module {
 public:
  Conv2d(std::int64_t inputs, std::int64_t outputs, std::int64_t size, ConvGeometry geometry = {},
         bool bias = true);
  Variable forward(const Variable& x) const;
  Variable operator()(const Variable& x) const { return forward(x); }

 private:
  ConvGeometry geometry_;
  Variable weight_, bias_;
};

}  // namespace tutti::nn
