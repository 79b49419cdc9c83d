// Normalisation over groups of channels.
#pragma once

#include "tutti/ops/cast.h"
#include "tutti/ops/math.h"
#include "tutti/ops/reduction.h"

namespace tutti {

/// Inputs x [n, c, ...], weight and bias; the last two may be empty. It keeps x and each group's
/// mean and rstd.
struct GroupNorm {
  static constexpr std::string_view name = "group_norm";
  std::int64_t groups;
  double epsilon;

  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;

  template <class V>
  void backward(Pass<V>& pass) const {
    if constexpr (std::same_as<V, Tensor>) {
      gradients(pass);
    } else {
      const Shape from = pass.inputs[0].shape();
      const std::int64_t n = from[0], c = from[1];
      const std::int64_t width = from.count() / std::max<std::int64_t>(1, n * c);
      const Shape whole{n, c, width}, grouped{n, groups, c / groups * width};
      auto by_group = [&](const V& v) { return reshape(v, grouped); };
      auto group_mean = [&](const V& v) { return mean(v, {-1}, true); };
      V g = reshape(pass.gradients[0], whole), x = by_group(pass.inputs[0]);
      V centred = x - group_mean(x);
      V rstd = pow(group_mean(centred * centred) + epsilon, -0.5);
      V normal = centred * rstd;
      if (pass.needs[0]) {
        const V& weight = pass.inputs[1];
        V scaled = by_group(weight ? g * reshape(weight, {c, 1}) : g);
        V dx = (scaled - group_mean(scaled) - normal * group_mean(scaled * normal)) * rstd;
        pass.results[0] = reshape(dx, from);
      }
      if (pass.needs[1]) pass.results[1] = sum(g * reshape(normal, whole), {0, 2});
      if (pass.needs[2]) pass.results[2] = sum(g, {0, 2});
    }
  }

 private:
  void gradients(Pass<Tensor>& pass) const;
};

/// (x - mean) / sqrt(variance + epsilon) * weight + bias, with mean and (biased) variance over each
/// of `groups` groups of neighbouring channels of a sample: x [n, c, ...], groups divides c; weight
/// and bias [c] may be left out or empty. f32 or f64. Source: Wu, He, arXiv:1803.08494; with as
/// many groups as channels, instance normalisation: Ulyanov et al., arXiv:1607.08022.
template <Value X, Value W = X, Value B = W>
auto group_norm(const X& x, std::int64_t groups, const W& weight = {}, const B& bias = {},
                double epsilon = 1e-5) {
  using V = std::common_type_t<X, W, B>;
  auto f = [&](const V& a, const V& b, const V& c) {
    return apply_list(GroupNorm{groups, epsilon}, std::vector<V>{a, b, c})[0];
  };
  return with_f32("group_norm", f, V(x), value_as<V>(weight), value_as<V>(bias));
}

}  // namespace tutti
