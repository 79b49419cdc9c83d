// Running products, and what they are a case of.
#pragma once

#include "tutti/ops/pad.h"
#include "tutti/ops/reduction.h"

namespace tutti {

/// h[i] = a[i] h[i - 1] + b[i] along `axis`, from h = 0 before the first one; in reverse i + 1
/// stands for i - 1, and 0 behind the last one. Inputs: a, b. As products: of a alone, from h = 1
/// on, and b is empty.
struct LinearRecurrence {
  static constexpr std::string_view name = "linear_recurrence";
  int axis;
  bool reverse, products;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const;
};

/// h[i] = a[i] h[i - 1] + b[i] along `axis`, with h = 0 before the first element: running sums that
/// decay, discounted returns, states of a linear filter. a and b of one shape, one float dtype.
/// Carried in f64, rounded once an element. CUDA goes along the axis with one thread.
template <Value A, Value B>
auto linear_recurrence(const A& a, const B& b, std::int64_t axis, bool reverse = false) {
  using V = std::conditional_t<std::same_as<A, Tensor>, B, A>;
  if (!b) raise(LinearRecurrence::name, ": found an empty tensor, expected one with elements");
  LinearRecurrence op{a.shape().axis(axis, LinearRecurrence::name), reverse, false};
  return apply_list(op, std::vector<V>{V(a), V(b)})[0];
}

/// Element i along `axis` is the product of x's elements 0 to i (in reverse: i to the last). Any
/// float dtype. Computed as linear_recurrence(); no gradient divides, so that zeros do no harm.
template <Value V>
V cumprod(const V& x, std::int64_t axis, bool reverse = false) {
  LinearRecurrence op{x.shape().axis(axis, "cumprod"), reverse, true};
  return apply_list(op, std::vector<V>{x, V()})[0];
}

namespace detail {

/// x moved one place on along `axis` (back: one place back), with `value` in the place that is
/// free.
template <Value V>
V moved(const V& x, int axis, bool back, double value) {
  const std::int64_t extent = x.shape()[axis];
  if (extent == 0) return x;
  Shape before = x.shape();
  for (std::int64_t& margin : before) margin = 0;
  Shape after = before;
  (back ? after : before)[axis] = 1;
  return pad(slice(x, axis, back, extent - !back), before, after, value);
}

}  // namespace detail

template <class V>
void LinearRecurrence::backward(Pass<V>& pass) const {
  // What h[i] is worth: d[i] = g[i] + a[i + 1] d[i + 1], another recurrence, the other way.
  const V next = detail::moved(pass.inputs[0], axis, !reverse, 0);
  V d = linear_recurrence(next, pass.gradients[0], axis, !reverse);
  if (pass.needs[0])
    pass.results[0] = d * detail::moved(pass.outputs[0], axis, reverse, products ? 1 : 0);
  if (pass.needs[1]) pass.results[1] = d;
}

}  // namespace tutti
