// The cross-entropy loss of a classifier.
#pragma once

#include "tutti/ops/loss_reduction.h"
#include "tutti/ops/softmax.h"

namespace tutti {

struct CrossEntropyOptions {
  std::int64_t ignore_index = -100;  ///< rows with this label do not count
  double label_smoothing = 0;        ///< from 0 to 1: the part that all classes share
  Tensor weights = {};  ///< of the classes [classes], floats that meet the logits; empty: 1 each
  LossReduction reduction = LossReduction::mean;
};

/// Inputs: logits. It keeps them, the labels and each row's maximum and sum of exponentials.
struct CrossEntropy {
  static constexpr std::string_view name = "cross_entropy";
  CrossEntropyOptions options;
  Tensor labels;
  Tensor counted;  ///< f64 []: forward writes what the sum is divided by

  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  double denominator() const { return counted.item(); }

  template <class V>
  void backward(Pass<V>& pass) const {
    if constexpr (std::same_as<V, Tensor>) {
      pass.results[0] = gradient(pass);
    } else {
      const V& x = pass.inputs[0];
      auto [factors, targets] = row_targets(x.value(), pass.tensors[1]);
      pass.results[0] = pass.gradients[0] * (softmax(x) * factors - targets);
    }
  }

 private:
  Tensor gradient(const Pass<Tensor>& pass) const;
  /// Of the mean: what multiplies softmax(x) in each row, and what is subtracted from that.
  std::pair<Tensor, Tensor> row_targets(const Tensor& x, const Tensor& saved_labels) const;
};

/// A scalar: the mean of -log(softmax(logits)[label]), each row counting by its label's weight, or
/// their sum; 0 where no row counts. logits [..., classes] f32 or f64 (16-bit ones
/// become f32, and so is the loss), labels i64 [...] in [0, classes) or
/// ignore_index. On CUDA a label out of range makes the loss NaN; on the CPU it is an Error naming
/// label and row. With label smoothing p a row is (1 - p) of that and p / classes of the weighted
/// sum of -log(softmax(logits)) over the classes. Source: Szegedy et al., arXiv:1512.00567.
template <Value V>
V cross_entropy(const V& logits, const Tensor& labels, CrossEntropyOptions options = {}) {
  CrossEntropy op{std::move(options), labels, Tensor({}, Dtype::f64, logits.device())};
  V x = size_of(logits.dtype()) == 2 ? cast(logits, Dtype::f32) : logits;
  Tensor& weights = op.options.weights;
  if (weights && accumulator_of(weights.dtype()) == x.dtype()) weights = weights.to(x.dtype());
  return apply_list(op, std::vector<V>{x})[0];
}

}  // namespace tutti
