#include "tutti/ops/conv2d.h"

#include "launch.h"

namespace tutti {
namespace {

launch::Window window(const Shape& w, ConvGeometry geometry) {
  return {w[2], w[3], geometry.stride, geometry.padding};
}

Shape output_shape(const Shape& x, const Shape& w, ConvGeometry geometry) {
  auto [stride, padding] = geometry;
  if (stride < 1 || padding < 0)
    raise("conv2d: found stride ", stride, " and padding ", padding, ", expected >= 1 and >= 0");
  if (x.rank() != 4 || w.rank() != 4 || x[1] != w[1] || w[2] < 1 || w[3] < 1 ||
      x[2] + 2 * padding < w[2] || x[3] + 2 * padding < w[3])
    raise("conv2d: found input ", x, " and weight ", w, " with padding ", padding,
          ", expected [n, c, h, w] and [o, c, kh, kw] no larger than the padded input");
  return {x[0], w[0], (x[2] + 2 * padding - w[2]) / stride + 1,
          (x[3] + 2 * padding - w[3]) / stride + 1};
}

}  // namespace

Tensor Conv2dOp::forward(const Tensor& x, const Tensor& w) const {
  require_alike(std::array{x, w}, "conv2d");
  Tensor out(output_shape(x.shape(), w.shape(), geometry), x.dtype(), x.device());
  Tensor dense_x = x.contiguous(), dense_w = w.contiguous();
  x.device().dispatch([&](auto stream) {
    launch::conv2d(stream, out, dense_x, dense_w, window(w.shape(), geometry));
  });
  return out;
}

Tensor Conv2dInput::forward(const Tensor& y, const Tensor& w) const {
  require_alike(std::array{y, w}, name);
  Tensor out(x_shape, y.dtype(), y.device());
  Tensor dense_y = y.contiguous(), dense_w = w.contiguous();
  y.device().dispatch([&](auto stream) {
    launch::conv2d_input(stream, out, dense_y, dense_w, window(w.shape(), geometry));
  });
  return out;
}

Tensor Conv2dWeight::forward(const Tensor& y, const Tensor& x) const {
  require_alike(std::array{y, x}, name);
  Tensor out(w_shape, y.dtype(), y.device());
  Tensor dense_y = y.contiguous(), dense_x = x.contiguous();
  y.device().dispatch([&](auto stream) {
    launch::conv2d_weight(stream, out, dense_y, dense_x, window(w_shape, geometry));
  });
  return out;
}

}  // namespace tutti
