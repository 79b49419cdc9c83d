#include "tutti/ops/recurrence.h"

#include "launch.h"

namespace tutti {

std::vector<Tensor> LinearRecurrence::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor &a = in[0], &b = in[1];
  require_alike(products ? in.first(1) : in, name);
  if (!products && a.shape() != b.shape())
    raise(name, ": found shapes ", a.shape(), " and ", b.shape(), ", expected one");
  saving.input(0), saving.output(0);
  Shape folded{1, a.size(axis), 1};
  for (int i = 0; i < a.rank(); ++i)
    if (i != axis) folded[i < axis ? 0 : 2] *= a.shape()[i];
  const Dtype dtype = accumulator_of(a.dtype());
  const auto rows = [&](const Tensor& x) { return x.to(dtype).contiguous().reshape(folded); };
  Tensor out(a.shape(), dtype, a.device());
  out.device().dispatch([&](auto stream) {
    launch::recurrence(stream, out.reshape(folded), rows(a), products ? Tensor() : rows(b),
                       reverse);
  });
  return {out.to(a.dtype())};
}

}  // namespace tutti
