// Softmax and its logarithm over the last axis.
#pragma once

#include "tutti/ops/cast.h"
#include "tutti/ops/math.h"
#include "tutti/ops/reduction.h"

namespace tutti {

/// Both keep their output y, of which the gradient is computed.
struct Softmax {
  static constexpr std::string_view name = "softmax";
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const {
    const V &g = pass.gradients[0], &y = pass.outputs[0];
    if constexpr (std::same_as<V, Tensor>) {
      pass.results[0] = gradient(g, y);
    } else {
      V weighted = g * y;
      Shape rows = y.shape();
      rows[rows.rank() - 1] = 1;
      pass.results[0] = weighted - y * sum_to(weighted, rows);
    }
  }

 private:
  static Tensor gradient(const Tensor& g, const Tensor& y);
};

struct LogSoftmax {
  static constexpr std::string_view name = "log_softmax";
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const {
    const V &g = pass.gradients[0], &y = pass.outputs[0];
    if constexpr (std::same_as<V, Tensor>) {
      pass.results[0] = gradient(g, y);
    } else {
      Shape rows = y.shape();
      rows[rows.rank() - 1] = 1;
      pass.results[0] = g - exp(y) * sum_to(g, rows);
    }
  }

 private:
  static Tensor gradient(const Tensor& g, const Tensor& y);
};

/// exp(x) / sum(exp(x)) over the last axis, which has 1 element or more. f32 or f64.
template <Value V>
V softmax(const V& x) {
  auto f = [](const V& y) { return apply_list(Softmax{}, std::vector<V>{y})[0]; };
  return with_f32("softmax", f, x);
}

/// x - log(sum(exp(x))) over the last axis, which has 1 element or more. f32 or f64.
template <Value V>
V log_softmax(const V& x) {
  auto f = [](const V& y) { return apply_list(LogSoftmax{}, std::vector<V>{y})[0]; };
  return with_f32("log_softmax", f, x);
}

}  // namespace tutti
