// Softmax over the last axis, and the cross-entropy loss of a classifier.
#pragma once

#include "tutti/ops/reduction.h"

namespace tutti {

struct Softmax {
  static constexpr std::string_view name = "softmax";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = true;
  Tensor forward(const Tensor& x) const;
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>& x) const {
    V y = apply(Softmax{}, x[0]);
    V weighted = g * y;
    Shape kept = y.shape();
    kept[kept.rank() - 1] = 1;
    return {weighted - y * apply(Sum{kept, y.shape()}, weighted)};
  }
};

/// i64 [n] to the dtype and device of `like`: 1 at each row's label, else 0: [n, classes].
Tensor one_hot(const Tensor& labels, std::int64_t classes, const Tensor& like);

/// out[i] = g[i] * (softmax(x[i]) - one_hot(labels[i])), in one pass.
Tensor cross_entropy_input(const Tensor& g, const Tensor& x, const Tensor& labels);

/// -log(softmax(x)[label]) for each row.
struct CrossEntropyRows {
  static constexpr std::string_view name = "cross_entropy";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = true;
  Tensor labels;
  Tensor forward(const Tensor& x) const;
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>& x) const {
    if constexpr (std::same_as<V, Tensor>) {
      return {cross_entropy_input(g, x[0], labels)};
    } else {
      V hot = one_hot(labels, x[0].shape()[1], x[0].value());
      return {reshape(g, {g.shape().count(), 1}) * (apply(Softmax{}, x[0]) - hot)};
    }
  }
};

/// exp(x) / sum(exp(x)) over the last axis.
template <Value V>
V softmax(const V& x) {
  return apply(Softmax{}, x);
}

/// The mean over rows of -log(softmax(logits)[label]), a scalar; 0 for no rows. logits [n, classes]
/// f32 or f64, labels i64 [n] in [0, classes). Error naming label and row.
template <Value V>
V cross_entropy(const V& logits, const Tensor& labels) {
  return mean(apply(CrossEntropyRows{labels}, logits));
}

}  // namespace tutti
