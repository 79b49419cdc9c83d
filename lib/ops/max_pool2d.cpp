#include "tutti/ops/max_pool2d.h"

#include <limits>

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

std::vector<Tensor> MaxPool2d::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor& x = in[0];
  require_alike(in, name);
  Tensor out(output_shape(x.shape(), geometry), x.dtype(), x.device()), places;
  if (x.size(2) * x.size(3) > std::numeric_limits<std::int32_t>::max())
    raise("max_pool2d: found planes of ", x.size(2), " x ", x.size(3),
          " elements, expected fewer than 2^31");
  if (saving.wanted()) places = Tensor(out.shape(), Dtype::i32, x.device());
  x.device().dispatch(
      [&](auto stream) { launch::max_pool2d(stream, out, places, x, window(geometry)); });
  saving.tensor(places);
  return {out};
}

Tensor MaxPool2dScatter::forward(const Tensor& g) const {
  require_alike(std::array{g}, name);
  Tensor out(x_shape, g.dtype(), g.device());
  g.device().dispatch(
      [&](auto stream) { launch::max_pool2d_scatter(stream, out, g, places, window(geometry)); });
  return out;
}

Tensor MaxPool2dGather::forward(const Tensor& x) const {
  require_alike(std::array{x}, name);
  Tensor out(places.shape(), x.dtype(), x.device());
  x.device().dispatch([&](auto stream) { launch::max_pool2d_gather(stream, out, x, places); });
  return out;
}

}  // namespace tutti
