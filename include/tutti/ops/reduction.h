// Sums, means and maxima over axes.
#pragma once

#include "tutti/ops/arithmetic.h"

namespace tutti {

/// The sum over every axis where `kept` has extent 1 and x has more; kept.rank() == x.rank().
/// The order depends on how many numbers an output element combines, not on strides or threads;
/// f16 and bf16 are combined in f32 and rounded once; integers are summed as i64, the result's
/// dtype.
Tensor sum_tensor(const Tensor& x, const Shape& kept);
Tensor max_tensor(const Tensor& x, const Shape& kept);

/// x.shape() with extent 1 at `axes` (all of them when empty). Error naming `who`.
Shape reduced_shape(const Shape& shape, const AxisList& axes, std::string_view who);
/// The same without those axes.
Shape dropped_shape(const Shape& shape, const AxisList& axes, std::string_view who);

struct Sum {
  static constexpr std::string_view name = "sum";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  Shape kept, from;
  Tensor forward(const Tensor& x) const { return sum_tensor(x, kept); }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {expand(g, from)};
  }
};

/// The gradient goes to every place that holds the maximum, in equal parts.
struct Max {
  static constexpr std::string_view name = "max";
  Shape kept;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const {
    saving.input(0), saving.output(0);
    return {max_tensor(in[0], kept)};
  }
  template <class V>
  void backward(Pass<V>& pass) const {
    Tensor places = map(Equal{}, tensor_of(pass.inputs[0]), tensor_of(pass.outputs[0]));
    pass.results[0] = pass.gradients[0] * V(places / sum_tensor(places, kept));
  }
};

/// Sums over `axes` (negative ones count from the end; all when empty), which are dropped, or kept
/// with extent 1. The sum of integers is i64.
template <Value V>
V sum(const V& x, const AxisList& axes = {}, bool keepdim = false) {
  Shape kept = reduced_shape(x.shape(), axes, "sum");
  V total = apply(Sum{kept, x.shape()}, x);
  return keepdim ? total : reshape(total, dropped_shape(x.shape(), axes, "sum"));
}

/// The mean over `axes`; 0 where there is nothing to average.
template <Value V>
V mean(const V& x, const AxisList& axes = {}, bool keepdim = false) {
  V total = sum(x, axes, keepdim);
  std::int64_t averaged = total.shape().count() ? x.shape().count() / total.shape().count() : 0;
  return total / static_cast<double>(std::max<std::int64_t>(averaged, 1));
}

/// The maximum over `axes`. Error when there is nothing to choose from. NaN wins.
template <Value V>
V max(const V& x, const AxisList& axes = {}, bool keepdim = false) {
  Shape kept = reduced_shape(x.shape(), axes, "max");
  V largest = apply_list(Max{kept}, std::vector<V>{x})[0];
  return keepdim ? largest : reshape(largest, dropped_shape(x.shape(), axes, "max"));
}

/// The minimum over `axes`, as max().
template <Value V>
V min(const V& x, const AxisList& axes = {}, bool keepdim = false) {
  return -max(-x, axes, keepdim);
}

/// The variance over `axes`: squared distances to the mean, summed and divided by their number
/// less `correction` (1: unbiased, 0: of a whole population). Error where that leaves nothing.
template <Value V>
V var(const V& x, const AxisList& axes = {}, std::int64_t correction = 1, bool keepdim = false) {
  Shape kept = reduced_shape(x.shape(), axes, "var");
  std::int64_t each = 1;
  for (int i = 0; i < kept.rank(); ++i)
    if (kept[i] != x.shape()[i]) each *= x.shape()[i];
  if (each <= correction)
    raise("var: found ", each, " elements each over axes ", axes, " of shape ", x.shape(),
          " and correction ", correction, ", expected more elements than the correction");
  V distance = x - mean(x, axes, true);
  return sum(distance * distance, axes, keepdim) / static_cast<double>(each - correction);
}

template <Value V>
V sum_to(const V& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  Shape kept = shape;
  while (kept.rank() < x.shape().rank()) kept.insert(0, 1);
  return reshape(apply(Sum{kept, x.shape()}, x), shape);
}

/// The position along `axis` of the largest element, the first where several are, NaN before all:
/// i64, x.shape() without the axis, or with extent 1 there. x is f32 or f64.
Tensor argmax(const Tensor& x, std::int64_t axis = -1, bool keepdim = false);
template <Value V>
requires(!std::same_as<V, Tensor>) Tensor
    argmax(const V& x, std::int64_t axis = -1, bool keepdim = false) {
  return argmax(x.value(), axis, keepdim);
}

}  // namespace tutti
