// Convolutional layers.
#pragma once

#include "tutti/nn/layer.h"
#include "tutti/ops/conv1d.h"
#include "tutti/ops/conv_transpose2d.h"

namespace tutti::nn {

/// x [n, inputs, h, w] gives [n, outputs, h', w'], see tutti::conv2d. weight [outputs, inputs /
/// groups, size] and bias [outputs] are drawn uniformly within
/// 1 / sqrt(inputs / groups * size.height * size.width), as PyTorch does. Error unless all numbers
/// are positive and groups divides inputs and outputs.
class Conv2d : public Layer<Conv2d> {
 public:
  Conv2d(std::int64_t inputs, std::int64_t outputs, Pair2d size, const Conv2dOptions& options = {},
         bool bias = true);
  Variable forward(const Variable& x) const { return conv2d(x, weight_, bias_, options_); }
  const Variable& weight() const { return weight_; }
  const Variable& bias() const { return bias_; }  ///< empty without one

 private:
  Conv2dOptions options_;
  Variable weight_, bias_;
};

/// x [n, inputs, l] gives [n, outputs, l'], see tutti::conv1d. weight [outputs, inputs / groups,
/// size] and bias [outputs] are drawn uniformly within 1 / sqrt(inputs / groups * size).
class Conv1d : public Layer<Conv1d> {
 public:
  Conv1d(std::int64_t inputs, std::int64_t outputs, std::int64_t size,
         const Conv1dOptions& options = {}, bool bias = true);
  Variable forward(const Variable& x) const { return conv1d(x, weight_, bias_, options_); }
  const Variable& weight() const { return weight_; }
  const Variable& bias() const { return bias_; }

 private:
  Conv1dOptions options_;
  Variable weight_, bias_;
};

/// x [n, inputs, h, w] gives [n, outputs, h', w'], see tutti::conv_transpose2d. weight [inputs,
/// outputs / groups, size] and bias [outputs] are drawn uniformly within
/// 1 / sqrt(outputs / groups * size.height * size.width), as PyTorch does.
class ConvTranspose2d : public Layer<ConvTranspose2d> {
 public:
  ConvTranspose2d(std::int64_t inputs, std::int64_t outputs, Pair2d size,
                  const ConvTranspose2dOptions& options = {}, bool bias = true);
  Variable forward(const Variable& x) const {
    return conv_transpose2d(x, weight_, bias_, options_);
  }
  const Variable& weight() const { return weight_; }
  const Variable& bias() const { return bias_; }

 private:
  ConvTranspose2dOptions options_;
  Variable weight_, bias_;
};

}  // namespace tutti::nn
