// Batch normalisation: each channel over the batch and all places.
#pragma once

#include "tutti/ops/cast.h"
#include "tutti/ops/math.h"
#include "tutti/ops/reduction.h"

namespace tutti {

/// Inputs x, weight, bias, and the leaves of BatchNormLeaves; all but x may be empty. Outputs y,
/// and each channel's mean and unbiased variance, through which no gradient passes.
struct BatchNorm {
  static constexpr std::string_view name = "batch_norm";
  double epsilon;

  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;

  template <class V>
  void backward(Pass<V>& pass) const {
    for (std::size_t i : {0, 1})
      if (pass.needs[3 + i]) pass.results[3 + i] = V(pass.tensors[1 + i]);
    if (pass.needs[5])
      pass.results[5] = V(Tensor::ones({1}, pass.tensors[0].dtype(), pass.tensors[0].device()));
    if (!pass.gradients[0]) return;
    if constexpr (std::same_as<V, Tensor>) {
      gradients(pass);
    } else {
      const V &g = pass.gradients[0], &x = pass.inputs[0], &weight = pass.inputs[1];
      Shape kept = x.shape(), all = x.shape();
      for (int axis = 0; axis < kept.rank(); ++axis)
        if (axis != 1) kept[axis] = 1;
      const auto count = static_cast<double>(x.shape().count() / kept.count());
      auto channel_mean = [&](const V& v) { return sum_to(v, kept) / count; };
      V centred = x - channel_mean(x);
      V rstd = pow(channel_mean(centred * centred) + epsilon, -0.5);
      V normal = centred * rstd;
      if (pass.needs[0]) {
        V scaled = weight ? g * reshape(weight, kept) : g;
        pass.results[0] =
            (scaled - channel_mean(scaled) - normal * channel_mean(scaled * normal)) * rstd;
      }
      const Shape channels{kept[1]};
      if (pass.needs[1]) pass.results[1] = reshape(sum_to(g * normal, kept), channels);
      if (pass.needs[2]) pass.results[2] = reshape(sum_to(g, kept), channels);
    }
  }

 private:
  void gradients(Pass<Tensor>& pass) const;
};

template <Value V>
struct BatchNormResult {
  V y;
  Tensor mean, variance;  ///< [c], the latter unbiased
};

/// Leaves in whose gradient slots a backward leaves what a call has seen: its mean [c], its
/// variance [c], and 1 [1], so that the mean over several calls is a quotient. So it reaches other
/// ranks.
template <Value V>
struct BatchNormLeaves {
  V mean = {}, variance = {}, calls = {};
};

/// (x - mean) / sqrt(variance + epsilon) * weight + bias, with each channel's mean and (biased)
/// variance over all axes of x [n, c, ...] but the second; weight and bias [c] may be left out or
/// empty. The statistics it gives are in x's dtype, f32 for 16-bit floats. Of no numbers all
/// statistics are 0; Error where a channel has but one. Source: Ioffe, Szegedy, arXiv:1502.03167.
template <Value X, Value W = X, Value B = W>
auto batch_norm(const X& x, const W& weight = {}, const B& bias = {}, double epsilon = 1e-5,
                const BatchNormLeaves<std::common_type_t<X, W, B>>& leaves = {}) {
  using V = std::common_type_t<X, W, B>;
  Tensor mean, variance;
  auto f = [&](const V& a, const V& b, const V& c) {
    std::vector<V> out = apply_list(
        BatchNorm{epsilon}, std::vector<V>{a, b, c, leaves.mean, leaves.variance, leaves.calls});
    mean = tensor_of(out[1]), variance = tensor_of(out[2]);
    return out[0];
  };
  V y = with_f32("batch_norm", f, V(x), value_as<V>(weight), value_as<V>(bias));
  return BatchNormResult<V>{y, mean, variance};
}

}  // namespace tutti
