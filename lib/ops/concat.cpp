#include "tutti/ops/concat.h"

namespace tutti {

std::vector<Tensor> Concat::forward(Saving&, std::span<const Tensor> in) const {
  Shape shape = in[0].shape();
  shape[axis] = 0;
  for (const Tensor& x : in) {
    Shape without = x.shape();
    if (without.rank() == shape.rank()) without[axis] = shape[axis];
    if (without != shape || x.dtype() != in[0].dtype())
      raise("concat: found ", in[0].shape(), " of ", in[0].dtype(), " and ", x.shape(), " of ",
            x.dtype(), ", expected one dtype, and equal shapes but for axis ", axis);
    require_same_device(in[0], x, name);
    shape[axis] += x.size(axis);
  }
  Tensor out(shape, in[0].dtype(), in[0].device());
  std::int64_t begin = 0;
  for (const Tensor& x : in) {
    out.slice(axis, begin, begin + x.size(axis)).copy_from(x);
    begin += x.size(axis);
  }
  return {out};
}

}  // namespace tutti
