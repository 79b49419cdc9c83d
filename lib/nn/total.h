// From the losses of elements to the loss.
#pragma once

#include "tutti/autograd/node.h"
#include "tutti/ops/cast.h"
#include "tutti/ops/loss_reduction.h"

namespace tutti::nn {

/// The sum of all elements as a loss: one that divides by 1.
struct LossSum {
  static constexpr std::string_view name = "loss_sum";
  std::vector<Tensor> forward(Saving&, std::span<const Tensor> in) const { return {sum(in[0])}; }
  double denominator() const { return 1; }
  template <class V>
  void backward(Pass<V>& pass) const {
    pass.results[0] = expand(pass.gradients[0], from);
  }
  Shape from;
};

inline Variable total(const Variable& losses, LossReduction reduction) {
  if (reduction == LossReduction::mean) return mean(losses);
  return apply_list(LossSum{losses.shape()}, std::vector<Variable>{losses})[0];
}

/// Losses are computed in f32 at least.
inline Variable widened(const Variable& x) {
  return size_of(x.dtype()) == 2 && is_float(x.dtype()) ? cast(x, Dtype::f32) : x;
}

}  // namespace tutti::nn
