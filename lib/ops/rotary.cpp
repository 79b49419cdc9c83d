#include "tutti/ops/rotary.h"

#include <cmath>

#include "launch.h"
#include "memory_order.h"

namespace tutti {

Tensor Rotary::forward(const Tensor& x) const {
  if (x.dtype() != Dtype::f32 && x.dtype() != Dtype::f64)
    raise("rotary: found dtype ", x.dtype(), ", expected a float");
  if (x.rank() < 2 || x.size(-1) % 2 != 0)
    raise("rotary: found ", x.shape(), ", expected [..., t, d] with an even d");
  if (!(options.base > 0) || !std::isfinite(options.base) || options.offset < 0)
    raise("rotary: found base ", options.base, " and offset ", options.offset,
          ", expected a positive base and an offset of 0 or more");
  Tensor out = in_memory_order(x, x.shape());
  if (x.count() == 0) return out;
  x.device().dispatch([&](auto stream) {
    launch::rotary(stream, out, with_dense_rows(x),
                   {options.base, options.offset, options.interleaved, inverse});
  });
  return out;
}

}  // namespace tutti
