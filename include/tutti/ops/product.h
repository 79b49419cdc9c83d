// Products over axes.
#pragma once

#include "tutti/ops/recurrence.h"

namespace tutti {

/// Inputs: x. The gradient multiplies what lies before and behind each element, so that zeros do no
/// harm.
struct Product {
  static constexpr std::string_view name = "prod";
  Shape kept;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const {
    saving.input(0);
    return {product_tensor(in[0], kept)};
  }
  template <class V>
  void backward(Pass<V>& pass) const {
    const V& x = pass.inputs[0];
    // The reduced axes last, as one.
    AxisList order, reduced;
    for (int i = 0; i < kept.rank(); ++i) (kept[i] == x.shape()[i] ? order : reduced).push_back(i);
    Shape rows;
    for (std::int64_t axis : order) rows.push_back(kept[static_cast<int>(axis)]);
    const int last = rows.rank();
    for (std::int64_t axis : reduced) order.push_back(axis);
    rows.push_back(1);
    const V g = reshape(pass.gradients[0], rows), turned = permute(x, order);
    for (std::int64_t axis : reduced) rows[last] *= x.shape()[static_cast<int>(axis)];
    const V line = reshape(turned, rows);
    const V others = detail::moved(cumprod(line, last), last, false, 1) *
                     detail::moved(cumprod(line, last, true), last, true, 1);
    AxisList back = order;
    for (int i = 0; i < order.rank(); ++i) back[static_cast<int>(order[i])] = i;
    pass.results[0] = permute(reshape(g * others, turned.shape()), back);
  }
};

/// The product over `axes` (negative ones count from the end; all when empty), which are dropped,
/// or kept with extent 1; 1 of nothing. The product of integers is i64, and wraps.
template <Value V>
V prod(const V& x, const AxisList& axes = {}, bool keepdim = false) {
  Shape kept = reduced_shape(x.shape(), axes, "prod");
  V product = apply_list(Product{kept}, std::vector<V>{x})[0];
  return keepdim ? product : reshape(product, dropped_shape(x.shape(), axes, "prod"));
}

}  // namespace tutti
