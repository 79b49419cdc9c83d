// Elements of one value or of another.
#pragma once

#include "tutti/ops/compare.h"
#include "tutti/ops/reduction.h"

namespace tutti {

template <Value A, Value B>
auto where(const Tensor& condition, const A& a, const B& b);

/// Inputs: condition u8, a, b.
struct Where {
  static constexpr std::string_view name = "where";
  Shape a_shape, b_shape;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const {
    const Tensor& condition = tensor_of(pass.inputs[0]);
    const V& g = pass.gradients[0];
    V zero(Tensor::zeros({}, g.dtype(), g.device()));
    if (pass.needs[1]) pass.results[1] = sum_to(where(condition, g, zero), a_shape);
    if (pass.needs[2]) pass.results[2] = sum_to(where(condition, zero, g), b_shape);
  }
};

/// a where the condition is not 0, else b. All three broadcast; a and b of any dtype, one for both
/// or such as meet (see promoted); the condition u8, as comparisons give, or any dtype that
/// compares with 0. What was not chosen gets gradient 0, even where it is NaN or infinite.
template <Value A, Value B>
auto where(const Tensor& condition, const A& a, const B& b) {
  using V = decltype(a + b);
  bool plain = condition && condition.dtype() == Dtype::u8;
  Tensor chosen = plain ? condition : not_equal(condition, 0);
  auto choose = [&](const auto& x, const auto& y) {
    return apply_list(Where{x.shape(), y.shape()}, std::vector<V>{V(chosen), V(x), V(y)})[0];
  };
  return promote(choose, a, b);
}
template <Value A>
auto where(const Tensor& condition, const A& a, double b) {
  return where(condition, a, Tensor::full({}, b, a.dtype(), a.device()));
}
template <Value B>
auto where(const Tensor& condition, double a, const B& b) {
  return where(condition, Tensor::full({}, a, b.dtype(), b.device()), b);
}

/// x with `value` where the mask is not 0. The mask as where()'s condition; it broadcasts to x.
template <Value V>
V masked_fill(const V& x, const Tensor& mask, double value) {
  if (mask && broadcast(mask.shape(), x.shape(), "masked_fill") != x.shape())
    raise("masked_fill: found a mask of shape ", mask.shape(), ", expected one that broadcasts to ",
          x.shape());
  return where(mask, value, x);
}

}  // namespace tutti
