#include "tutti/ops/max_pool2d.h"

#include "launch.h"

namespace tutti {
namespace {

launch::Window window(PoolGeometry geometry) {
  return {geometry.size, geometry.size, geometry.stride, geometry.padding};
}

Shape output_shape(const Shape& x, PoolGeometry geometry) {
  auto [size, stride, padding] = geometry;
  if (size < 1 || stride < 1 || padding < 0 || 2 * padding > size)
    raise("max_pool2d: found size ", size, ", stride ", stride, ", padding ", padding,
          ", expected size and stride >= 1 and 0 <= padding <= size / 2");
  if (x.rank() != 4 || x[2] + 2 * padding < size || x[3] + 2 * padding < size)
    raise("max_pool2d: found input ", x, " for windows of ", size, " with padding ", padding,
          ", expected [n, c, h, w] with h and w no smaller than a window");
  return {x[0], x[1], (x[2] + 2 * padding - size) / stride + 1,
          (x[3] + 2 * padding - size) / stride + 1};
}

}  // namespace

Tensor MaxPool2dOp::forward(const Tensor& x) const {
  require_alike(std::array{x}, name);
  Tensor out(output_shape(x.shape(), geometry), x.dtype(), x.device());
  Tensor dense = x.contiguous();
  x.device().dispatch(
      [&](auto stream) { launch::max_pool2d(stream, out, dense, window(geometry)); });
  return out;
}

Tensor MaxPool2dScatter::forward(const Tensor& g, const Tensor& x) const {
  require_alike(std::array{g, x}, name);
  Tensor out(x.shape(), x.dtype(), x.device());
  Tensor dense_g = g.contiguous(), dense_x = x.contiguous();
  x.device().dispatch([&](auto stream) {
    launch::max_pool2d_scatter(stream, out, dense_g, dense_x, window(geometry));
  });
  return out;
}

Tensor MaxPool2dGather::forward(const Tensor& values, const Tensor& x) const {
  require_alike(std::array{values, x}, name);
  Tensor out(output_shape(x.shape(), geometry), x.dtype(), x.device());
  Tensor dense_values = values.contiguous(), dense_x = x.contiguous();
  x.device().dispatch([&](auto stream) {
    launch::max_pool2d_gather(stream, out, dense_values, dense_x, window(geometry));
  });
  return out;
}

}  // namespace tutti
