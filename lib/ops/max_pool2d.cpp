#include "tutti/ops/max_pool2d.h"

#include <limits>

#include "launch.h"

namespace tutti {

std::vector<Tensor> MaxPool2d::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor& x = in[0];
  require_alike(in, name);
  Tensor out(windows.pooled(x.shape()), x.dtype(), x.device()), places;
  if (x.size(2) * x.size(3) > std::numeric_limits<std::int32_t>::max())
    raise("max_pool2d: found planes of ", x.size(2), " x ", x.size(3),
          " elements, expected fewer than 2^31");
  if (saving.wanted()) places = Tensor(out.shape(), Dtype::i32, x.device());
  x.device().dispatch([&](auto stream) { launch::max_pool2d(stream, out, places, x, windows); });
  saving.tensor(places);
  return {out};
}

Tensor MaxPool2dScatter::forward(const Tensor& g) const {
  require_alike(std::array{g}, name);
  Tensor out(x_shape, g.dtype(), g.device());
  g.device().dispatch(
      [&](auto stream) { launch::max_pool2d_scatter(stream, out, g, places, windows); });
  return out;
}

Tensor MaxPool2dGather::forward(const Tensor& x) const {
  require_alike(std::array{x}, name);
  Tensor out(places.shape(), x.dtype(), x.device());
  x.device().dispatch([&](auto stream) { launch::max_pool2d_gather(stream, out, x, places); });
  return out;
}

}  // namespace tutti
