// Norms, and the logarithm of a sum of exponentials, over axes.
#pragma once

#include <limits>

#include "tutti/ops/cast.h"
#include "tutti/ops/math.h"
#include "tutti/ops/where.h"

namespace tutti {

/// Inputs: x.
struct LogSumExp {
  static constexpr std::string_view name = "logsumexp";
  Shape kept;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const {
    // Where all are -infinity, no element matters: its weight is exp(-infinity - 0).
    const V& y = pass.outputs[0];
    const Tensor none = equal(tensor_of(y), -std::numeric_limits<double>::infinity());
    pass.results[0] = pass.gradients[0] * exp(pass.inputs[0] - where(none, 0.0, y));
  }
};

/// log(sum(exp(x))) over `axes` (negative ones count from the end; all when empty), which are
/// dropped, or kept with extent 1. The maximum is taken out first: no finite x overflows. -infinity
/// of nothing, and where all are. Any float dtype.
template <Value V>
V logsumexp(const V& x, const AxisList& axes = {}, bool keepdim = false) {
  Shape kept = reduced_shape(x.shape(), axes, LogSumExp::name);
  V y = with_f32(
      LogSumExp::name,
      [&](const V& z) { return apply_list(LogSumExp{kept}, std::vector<V>{z})[0]; }, x);
  return keepdim ? y : reshape(y, dropped_shape(x.shape(), axes, LogSumExp::name));
}

/// The root of the sum of squares. Inputs: x.
struct EuclideanNorm {
  static constexpr std::string_view name = "norm";
  Shape kept;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const {
    saving.input(0), saving.output(0);
    return {map(Sqrt{}, sum_tensor(map(Multiply{}, in[0], in[0]), kept))};
  }
  template <class V>
  void backward(Pass<V>& pass) const {
    // Where the norm is 0, so is x, and the gradient that is chosen.
    const V& y = pass.outputs[0];
    pass.results[0] = pass.gradients[0] * (pass.inputs[0] / where(equal(tensor_of(y), 0), 1.0, y));
  }
};

/// The p-norm over `axes` (negative ones count from the end; all when empty), which are dropped, or
/// kept with extent 1: p = 1, 2 or infinity, by |x| as it is summed, squared and summed, or
/// compared (in f32 for 16-bit floats). 0 of nothing. The gradient at 0 is 0 for p = 2; for p =
/// infinity it goes to all places of the largest |x| in equal parts.
template <Value V>
V norm(const V& x, double p = 2, const AxisList& axes = {}, bool keepdim = false) {
  const Shape kept = reduced_shape(x.shape(), axes, "norm");
  const auto f = [&](const V& z) -> V {
    if (p == 2) return apply_list(EuclideanNorm{kept}, std::vector<V>{z})[0];
    if (p == 1) return apply(Sum{kept, z.shape()}, abs(z));
    if (p != std::numeric_limits<double>::infinity())
      raise("norm: found p = ", p, ", expected 1, 2 or infinity");
    if (z.shape().count() == 0) return V(Tensor::zeros(kept, z.dtype(), z.device()));
    return apply_list(Extreme<false>{kept}, std::vector<V>{abs(z)})[0];
  };
  const V y = with_f32("norm", f, x);
  return keepdim ? y : reshape(y, dropped_shape(x.shape(), axes, "norm"));
}

}  // namespace tutti
