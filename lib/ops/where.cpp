#include "tutti/ops/where.h"

#include "launch.h"

namespace tutti {

std::vector<Tensor> Where::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor &condition = in[0], &a = in[1], &b = in[2];
  if (a.dtype() != b.dtype())
    raise("where: found dtypes ", a.dtype(), " and ", b.dtype(),
          ", expected one; convert with cast(x, Dtype)");
  require_same_device(condition, a, name);
  require_same_device(a, b, name);
  saving.input(0);
  Shape shape = broadcast(condition.shape(), broadcast(a.shape(), b.shape(), "where"), "where");
  Tensor out(shape, a.dtype(), a.device());
  out.device().dispatch([&](auto stream) {
    launch::where(stream, out, condition.expand(shape), a.expand(shape), b.expand(shape));
  });
  return {out};
}

}  // namespace tutti
