#include "tutti/ops/batch_norm.h"

#include "launch.h"
#include "tutti/ops/staging.h"

namespace tutti {
namespace {

// x as [n, c, places].
Shape channels_of(const Shape& shape) {
  std::int64_t places = 1;
  for (int axis = 2; axis < shape.rank(); ++axis) places *= shape[axis];
  return {shape[0], shape[1], places};
}

void require_inputs(std::span<const Tensor> in, double epsilon) {
  const Tensor& x = in[0];
  if (x.rank() < 2) raise("batch_norm: found shape ", x.shape(), ", expected [n, c, ...]");
  if (!(epsilon >= 0)) raise("batch_norm: found epsilon ", epsilon, ", expected 0 or more");
  require_alike(std::array{x}, "batch_norm");
  const Shape view = channels_of(x.shape());
  if (view[1] > 0 && view[0] * view[2] == 1)
    raise("batch_norm: found x ", x.shape(), ", which has ", counted(view[0] * view[2], "number"),
          " of each channel, expected at least 2; call eval() to normalise by the running "
          "statistics");
  const char* names[] = {"x", "weight", "bias", "mean leaf", "variance leaf"};
  for (std::size_t i = 1; i < std::size(names); ++i) {
    if (!in[i]) continue;
    if (in[i].shape() != Shape{x.size(1)})
      raise("batch_norm: found ", names[i], ' ', in[i].shape(), " for x ", x.shape(),
            ", expected [", x.size(1), ']');
    if (i < 3) require_alike(std::array{x, in[i]}, "batch_norm");
  }
}

}  // namespace

std::vector<Tensor> BatchNorm::forward(Saving& saving, std::span<const Tensor> in) const {
  require_inputs(in, epsilon);
  const Tensor& x = in[0];
  const Shape view = channels_of(x.shape()), channels{x.size(1)};
  Tensor y(x.shape(), x.dtype(), x.device()), rstd(channels, x.dtype(), x.device());
  Tensor mean(channels, x.dtype(), x.device()), variance(channels, x.dtype(), x.device());
  if (x.count() == 0)
    for (const Tensor& statistic : {rstd, mean, variance}) statistic.fill(0);
  else
    x.device().dispatch([&](auto stream) {
      launch::batch_norm(stream, y.reshape(view), mean, variance, rstd, x.reshape(view), in[1],
                         in[2], epsilon);
    });
  saving.input(0);
  if (in[1]) saving.input(1);
  saving.tensor(rstd), saving.tensor(mean), saving.tensor(variance);
  return {y, mean, variance};
}

void BatchNorm::gradients(Pass<Tensor>& pass) const {
  const Tensor &g = pass.gradients[0], &x = pass.inputs[0];
  const Shape view = channels_of(x.shape());
  const Shape shapes[] = {view, {view[1]}, {view[1]}};
  Tensor out[3];
  for (std::size_t i = 0; i < 3; ++i)
    if (pass.needs[i]) out[i] = Tensor(shapes[i], x.dtype(), x.device());
  if (x.count() == 0) {
    for (std::size_t i = 0; i < 3; ++i)
      if (out[i]) out[i].fill(0);
  } else
    x.device().dispatch([&](auto stream) {
      launch::batch_norm_gradients(stream, out[0], out[1], out[2], g.reshape(view), x.reshape(view),
                                   pass.inputs[1], pass.tensors[1], pass.tensors[0]);
    });
  if (out[0]) out[0] = out[0].reshape(x.shape());
  for (std::size_t i = 0; i < 3; ++i) pass.results[i] = out[i];
}

}  // namespace tutti
