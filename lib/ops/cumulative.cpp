#include "tutti/ops/cumulative.h"

#include "launch.h"

namespace tutti {

Tensor CumulativeSum::forward(const Tensor& x) const {
  require_alike(std::array{x}, name);
  Shape folded{1, x.size(axis), 1};
  for (int i = 0; i < x.rank(); ++i)
    if (i != axis) folded[i < axis ? 0 : 2] *= x.shape()[i];
  const Dtype dtype = accumulator_of(x.dtype());
  Tensor out(x.shape(), dtype, x.device());
  Tensor dense = x.to(dtype).contiguous();
  x.device().dispatch([&](auto stream) {
    launch::cumsum(stream, out.reshape(folded), dense.reshape(folded), reverse);
  });
  return out.to(x.dtype());
}

}  // namespace tutti
