// Normalisation by the root mean square of the last axis.
#pragma once

#include "tutti/ops/cast.h"
#include "tutti/ops/math.h"
#include "tutti/ops/reduction.h"

namespace tutti {

/// Inputs x and weight, which may be empty. It keeps x and each row's rstd.
struct RmsNorm {
  static constexpr std::string_view name = "rms_norm";
  double epsilon;

  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;

  template <class V>
  void backward(Pass<V>& pass) const {
    if constexpr (std::same_as<V, Tensor>) {
      gradients(pass);
    } else {
      const V &g = pass.gradients[0], &x = pass.inputs[0], &weight = pass.inputs[1];
      V rstd = pow(mean(x * x, {-1}, true) + epsilon, -0.5);
      V normal = x * rstd;
      if (pass.needs[0]) {
        V scaled = weight ? g * weight : g;
        pass.results[0] = (scaled - normal * mean(scaled * normal, {-1}, true)) * rstd;
      }
      if (pass.needs[1]) pass.results[1] = sum_to(g * normal, {x.shape()[x.shape().rank() - 1]});
    }
  }

 private:
  void gradients(Pass<Tensor>& pass) const;
};

/// x / sqrt(mean(x^2) + epsilon) * weight, with the mean over the last axis of x [..., c]; weight
/// [c] may be left out or empty. f32 or f64. Source: Zhang, Sennrich, arXiv:1910.07467.
template <Value X, Value W = X>
auto rms_norm(const X& x, const W& weight = {}, double epsilon = 1e-6) {
  using V = std::common_type_t<X, W>;
  auto f = [&](const V& a, const V& b) {
    return apply_list(RmsNorm{epsilon}, std::vector<V>{a, b})[0];
  };
  return with_f32("rms_norm", f, V(x), value_as<V>(weight));
}

}  // namespace tutti
