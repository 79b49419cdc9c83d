#include "tutti/ops/index_select.h"

#include "launch.h"

namespace tutti {
namespace {

void require_indices(const Tensor& x, const Tensor& indices, std::string_view who) {
  if (!x || !indices)
    raise(who,
          ": found an empty tensor, expected one with elements; was a module's "
          "initialise(seed) forgotten?");
  if (indices.dtype() != Dtype::i64)
    raise(who, ": found indices of ", indices.dtype(), ", expected i64; convert with to(Dtype)");
  require_same_device(x, indices, who);
}

// [what is before the axis, `middle`, what is behind it].
Shape folded(const Shape& shape, int axis, std::int64_t middle) {
  Shape out{1, middle, 1};
  for (int i = 0; i < shape.rank(); ++i)
    if (i != axis) out[i < axis ? 0 : 2] *= shape[i];
  return out;
}

Shape selected(const Shape& from, int axis, const Shape& indices) {
  Shape out;
  for (int i = 0; i < axis; ++i) out.push_back(from[i]);
  for (std::int64_t extent : indices) out.push_back(extent);
  for (int i = axis + 1; i < from.rank(); ++i) out.push_back(from[i]);
  return out;
}

}  // namespace

std::vector<Tensor> IndexSelect::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor &x = in[0], &indices = in[1];
  require_indices(x, indices, name);
  saving.input(1);
  Tensor out(selected(from, axis, indices.shape()), x.dtype(), x.device());
  Tensor rows = x.contiguous().reshape(folded(from, axis, from[axis]));
  Tensor flat = indices.contiguous().reshape({indices.count()});
  x.device().dispatch([&](auto stream) {
    launch::index_select(stream, out.reshape(folded(from, axis, flat.count())), rows, flat);
  });
  return {out};
}

std::vector<Tensor> IndexAdd::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor &g = in[0], &indices = in[1];
  require_indices(g, indices, name);
  saving.input(1);
  const Dtype dtype = accumulator_of(g.dtype());  // 16 bits round once, when all is added
  Tensor out(to, dtype, g.device());
  Tensor flat = indices.contiguous().reshape({indices.count()});
  Tensor rows = g.to(dtype).contiguous().reshape(folded(to, axis, flat.count()));
  g.device().dispatch([&](auto stream) {
    launch::index_add(stream, out.reshape(folded(to, axis, to[axis])), rows, flat);
  });
  return {out.to(g.dtype())};
}

}  // namespace tutti
