// Layer normalisation over the last axis.
#pragma once

#include "tutti/ops/cast.h"
#include "tutti/ops/math.h"
#include "tutti/ops/reduction.h"

namespace tutti {

/// Inputs x, weight and bias; the last two may be empty. It keeps x and each row's mean and rstd.
struct LayerNorm {
  static constexpr std::string_view name = "layer_norm";
  double epsilon;

  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;

  template <class V>
  void backward(Pass<V>& pass) const {
    if constexpr (std::same_as<V, Tensor>) {
      gradients(pass);
    } else {
      const V &g = pass.gradients[0], &x = pass.inputs[0], &weight = pass.inputs[1];
      Shape kept = x.shape();
      kept[kept.rank() - 1] = 1;
      auto row_mean = [&](const V& v) { return reshape(mean(v, {-1}), kept); };
      V centred = x - row_mean(x);
      V rstd = pow(row_mean(centred * centred) + epsilon, -0.5);
      V normal = centred * rstd;
      if (pass.needs[0]) {
        V scaled = weight ? g * weight : g;
        pass.results[0] = (scaled - row_mean(scaled) - normal * row_mean(scaled * normal)) * rstd;
      }
      const Shape last{x.shape()[x.shape().rank() - 1]};
      if (pass.needs[1]) pass.results[1] = sum_to(g * normal, last);
      if (pass.needs[2]) pass.results[2] = sum_to(g, last);
    }
  }

 private:
  void gradients(Pass<Tensor>& pass) const;
};

/// (x - mean) / sqrt(variance + epsilon) * weight + bias, with mean and (biased) variance over the
/// last axis of x [..., c]; weight and bias [c] may be left out or empty. f32 or f64. Source: Ba,
/// Kiros, Hinton, arXiv:1607.06450.
template <Value X, Value W = X, Value B = W>
auto layer_norm(const X& x, const W& weight = {}, const B& bias = {}, double epsilon = 1e-5) {
  using V = std::common_type_t<X, W, B>;
  auto f = [&](const V& a, const V& b, const V& c) {
    return apply_list(LayerNorm{epsilon}, std::vector<V>{a, b, c})[0];
  };
  return with_f32("layer_norm", f, V(x), value_as<V>(weight), value_as<V>(bias));
}

}  // namespace tutti
