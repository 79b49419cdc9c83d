#include "tutti/ops/reduction.h"

#include "launch.h"

namespace tutti {
namespace {

Tensor reduce(launch::Reduction kind, const Tensor& x, const Shape& kept) {
  const bool chooses = kind == launch::Reduction::max || kind == launch::Reduction::min;
  const bool as_it_is = is_float(x.dtype()) || (chooses && x.dtype() == Dtype::u8);
  const Tensor from = as_it_is ? x : x.to(Dtype::i64);
  Tensor out(kept, from.dtype(), x.device());
  x.device().dispatch([&](auto stream) { launch::reduce(stream, kind, out, from); });
  return out;
}

}  // namespace

Tensor sum_tensor(const Tensor& x, const Shape& kept) {
  return reduce(launch::Reduction::sum, x, kept);
}

Tensor product_tensor(const Tensor& x, const Shape& kept) {
  return reduce(launch::Reduction::product, x, kept);
}

Tensor min_tensor(const Tensor& x, const Shape& kept) {
  return reduce(launch::Reduction::min, x, kept).to(x.dtype());
}

Tensor max_tensor(const Tensor& x, const Shape& kept) {
  return reduce(launch::Reduction::max, x, kept).to(x.dtype());
}

Shape reduced_shape(const Shape& shape, const AxisList& axes, std::string_view who) {
  Shape kept = shape;
  for (std::int64_t axis : axes) kept[shape.axis(axis, who)] = 1;
  if (axes.rank() == 0)
    for (std::int64_t& extent : kept) extent = 1;
  return kept;
}

Shape dropped_shape(const Shape& shape, const AxisList& axes, std::string_view who) {
  Shape drop = shape, kept;
  for (std::int64_t& mark : drop) mark = axes.rank() == 0;
  for (std::int64_t axis : axes) drop[shape.axis(axis, who)] = 1;
  for (int i = 0; i < shape.rank(); ++i)
    if (!drop[i]) kept.push_back(shape[i]);
  return kept;
}

Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdim) {
  require_alike(std::array{x}, "argmax");
  const int at = x.shape().axis(axis, "argmax");
  const std::int64_t length = x.shape()[at];
  if (length == 0)
    raise("argmax: found shape ", x.shape(), ", expected at least one element along axis ", axis);
  Shape order, kept = x.shape();
  for (int i = 0; i < x.rank(); ++i)
    if (i != at) order.push_back(i);
  order.push_back(at);
  kept[at] = 1;
  Tensor out({x.count() / length}, Dtype::i64, x.device());
  Tensor rows = x.to(accumulator_of(x.dtype())).permute(order).contiguous();
  rows = rows.reshape({out.count(), length});
  x.device().dispatch([&](auto stream) { launch::argmax(stream, out, rows); });
  if (!keepdim) kept.erase(at);
  return out.reshape(kept);
}

}  // namespace tutti
