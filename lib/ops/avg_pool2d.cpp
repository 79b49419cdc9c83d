#include "tutti/ops/avg_pool2d.h"

#include "launch.h"

namespace tutti {

Tensor AvgPool2d::forward(const Tensor& x) const {
  require_alike(std::array{x}, name);
  Tensor out(averages.windows.pooled(x.shape()), x.dtype(), x.device());
  x.device().dispatch([&](auto stream) {
    launch::avg_pool2d(stream, out, x, averages.windows, averages.count_padding);
  });
  return out;
}

Tensor AvgPool2dGradient::forward(const Tensor& g) const {
  require_alike(std::array{g}, name);
  Tensor out(averages.x, g.dtype(), g.device());
  g.device().dispatch([&](auto stream) {
    launch::avg_pool2d_gradient(stream, out, g, averages.windows, averages.count_padding);
  });
  return out;
}

}  // namespace tutti
