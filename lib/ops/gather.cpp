#include "tutti/ops/scatter.h"

#include "launch.h"

namespace tutti {
namespace {

void require_indices(const Tensor& x, const Shape& looked_up, int axis, const Tensor& indices,
                     std::string_view who) {
  if (!x || !indices) raise(who, ": found an empty tensor, expected one with elements");
  bool fits = indices.rank() == looked_up.rank() && indices.dtype() == Dtype::i64;
  for (int i = 0; fits && i < looked_up.rank(); ++i)
    fits = i == axis || indices.shape()[i] <= looked_up[i];
  if (!fits)
    raise(who, ": found indices ", indices.shape(), " of ", indices.dtype(), " into ", looked_up,
          ", expected i64 of the same rank, with no larger extents but along axis ", axis);
  require_same_device(x, indices, who);
}

// A view: the axis last, the others no longer than those of `extents`.
Tensor facing(const Tensor& x, int axis, const Shape& extents) {
  Tensor part = x;
  Shape order;
  for (int i = 0; i < x.rank(); ++i)
    if (i != axis) {
      order.push_back(i);
      part = part.slice(i, 0, extents[i]);
    }
  order.push_back(axis);
  return part.permute(order);
}

}  // namespace

void require_scatter(const Tensor& x, int axis, const Tensor& indices, const Tensor& values,
                     std::string_view who) {
  require_indices(x, x.shape(), axis, indices, who);
  if (!values) raise(who, ": found no values, expected some");
  if (values.shape() != indices.shape() || values.dtype() != x.dtype())
    raise(who, ": found values ", values.shape(), " of ", values.dtype(), " for indices ",
          indices.shape(), " into ", x.dtype(), ", expected one shape and dtype");
  require_same_device(x, values, who);
}

std::vector<Tensor> Scatter::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor &x = in[0], &values = in[1], &indices = in[2];
  require_scatter(x, axis, indices, values, name);
  saving.input(2);
  const Shape& shape = indices.shape();
  Tensor out = x.clone();
  out.device().dispatch([&](auto stream) {
    launch::scatter(stream, facing(out, axis, shape), facing(values, axis, shape),
                    facing(indices, axis, shape));
  });
  return {out};
}

std::vector<Tensor> Gather::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor &x = in[0], &indices = in[1];
  require_indices(x, from, axis, indices, name);
  saving.input(1);
  const Shape& shape = indices.shape();
  Tensor out(shape, x.dtype(), x.device());
  x.device().dispatch([&](auto stream) {
    launch::gather(stream, facing(out, axis, shape), facing(x, axis, shape),
                   facing(indices, axis, shape));
  });
  return {out};
}

std::vector<Tensor> ScatterAdd::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor &g = in[0], &indices = in[1];
  require_indices(g, to, axis, indices, name);
  saving.input(1);
  const Shape& shape = indices.shape();
  const Dtype dtype = accumulator_of(g.dtype());  // 16 bits round once, when all is added
  Tensor out = Tensor::zeros(to, dtype, g.device()), added = g.to(dtype);
  g.device().dispatch([&](auto stream) {
    launch::scatter_add(stream, facing(out, axis, shape), facing(added, axis, shape),
                        facing(indices, axis, shape));
  });
  return {out.to(g.dtype())};
}

}  // namespace tutti
