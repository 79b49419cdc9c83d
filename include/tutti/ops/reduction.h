// Sums, means, extrema and variances over axes.
#pragma once

#include "tutti/ops/arithmetic.h"
#include "tutti/ops/cast.h"

namespace tutti {

/// The sum over every axis where `kept` has extent 1 and x has more; kept.rank() == x.rank().
/// The order depends on how many numbers an output element combines, not on strides or threads;
/// f16 and bf16 are combined in f32 and rounded once; integers are summed as i64, the result's
/// dtype.
Tensor sum_tensor(const Tensor& x, const Shape& kept);
/// Products, as sum_tensor(); those of integers wrap.
Tensor product_tensor(const Tensor& x, const Shape& kept);
/// Extrema, in x's dtype.
Tensor min_tensor(const Tensor& x, const Shape& kept);
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

/// The gradient goes to every place that holds the extremum, in equal parts.
template <bool minimum>
struct Extreme {
  static constexpr std::string_view name = minimum ? "min" : "max";
  Shape kept;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const {
    saving.input(0), saving.output(0);
    return {minimum ? min_tensor(in[0], kept) : max_tensor(in[0], kept)};
  }
  template <class V>
  void backward(Pass<V>& pass) const {
    const Tensor& x = tensor_of(pass.inputs[0]);
    Tensor places = map(Equal{}, x, tensor_of(pass.outputs[0]));
    if (size_of(x.dtype()) == 2) places = places.to(Dtype::f32);  // which can count them
    const V share(places / sum_tensor(places, kept));
    pass.results[0] = cast(cast(pass.gradients[0], share.dtype()) * share, x.dtype());
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

/// The mean over `axes`; 0 where there is nothing to average. Any float dtype; f16 and bf16 round
/// once.
template <Value V>
V mean(const V& x, const AxisList& axes = {}, bool keepdim = false) {
  require_alike(std::array{tensor_of(x)}, "mean");
  const auto f = [&](const V& z) {
    V total = sum(z, axes, keepdim);
    std::int64_t averaged = total.shape().count() ? z.shape().count() / total.shape().count() : 0;
    return total / static_cast<double>(std::max<std::int64_t>(averaged, 1));
  };
  return with_f32("mean", f, x);
}

/// The maximum over `axes`. Error when there is nothing to choose from. NaN wins.
template <Value V>
V max(const V& x, const AxisList& axes = {}, bool keepdim = false) {
  Shape kept = reduced_shape(x.shape(), axes, "max");
  V largest = apply_list(Extreme<false>{kept}, std::vector<V>{x})[0];
  return keepdim ? largest : reshape(largest, dropped_shape(x.shape(), axes, "max"));
}

/// The minimum over `axes`, as max().
template <Value V>
V min(const V& x, const AxisList& axes = {}, bool keepdim = false) {
  Shape kept = reduced_shape(x.shape(), axes, "min");
  V least = apply_list(Extreme<true>{kept}, std::vector<V>{x})[0];
  return keepdim ? least : reshape(least, dropped_shape(x.shape(), axes, "min"));
}

/// The variance over `axes`: squared distances to the mean, summed and divided by their number
/// less `correction` (1: unbiased, 0: of a whole population); in f32 for f16 and bf16. Error where
/// that leaves nothing.
template <Value V>
V var(const V& x, const AxisList& axes = {}, std::int64_t correction = 1, bool keepdim = false) {
  Shape kept = reduced_shape(x.shape(), axes, "var");
  std::int64_t each = 1;
  for (int i = 0; i < kept.rank(); ++i)
    if (kept[i] != x.shape()[i]) each *= x.shape()[i];
  if (each <= correction)
    raise("var: found ", each, " elements each over axes ", axes, " of shape ", x.shape(),
          " and correction ", correction, ", expected more elements than the correction");
  const auto f = [&](const V& z) {
    V distance = z - mean(z, axes, true);
    return sum(distance * distance, axes, keepdim) / static_cast<double>(each - correction);
  };
  return with_f32("var", f, x);
}

template <Value V>
V sum_to(const V& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  Shape kept = shape;
  while (kept.rank() < x.shape().rank()) kept.insert(0, 1);
  return reshape(apply(Sum{kept, x.shape()}, x), shape);
}

/// The position along `axis` of the largest element, the first where several are, NaN before all:
/// i64, x.shape() without the axis, or with extent 1 there. Any float dtype.
Tensor argmax(const Tensor& x, std::int64_t axis = -1, bool keepdim = false);
template <Value V>
requires(!std::same_as<V, Tensor>) Tensor
    argmax(const V& x, std::int64_t axis = -1, bool keepdim = false) {
  return argmax(x.value(), axis, keepdim);
}
/// The same of the smallest element; NaN before all, too.
Tensor argmin(const Value auto& x, std::int64_t axis = -1, bool keepdim = false) {
  return argmax(-tensor_of(x), axis, keepdim);
}

}  // namespace tutti
