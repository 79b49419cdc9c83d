#include "tutti/ops/layer_norm.h"

#include "last_axes.h"
#include "launch.h"

namespace tutti {
namespace {

void require_inputs(std::span<const Tensor> in, double epsilon) {
  const Tensor& x = in[0];
  if (x.rank() == 0 || x.size(-1) == 0)
    raise("layer_norm: found shape ", x.shape(), ", expected a last axis of 1 or more");
  if (!(epsilon >= 0)) raise("layer_norm: found epsilon ", epsilon, ", expected 0 or more");
  const char* names[] = {"x", "weight", "bias"};
  for (std::size_t i = 1; i < 3; ++i) {
    if (!in[i]) continue;
    if (in[i].shape() != Shape{x.size(-1)})
      raise("layer_norm: found ", names[i], ' ', in[i].shape(), " for x ", x.shape(),
            ", expected [", x.size(-1), ']');
    require_alike(std::array{x, in[i]}, "layer_norm");
  }
  require_alike(std::array{x}, "layer_norm");
}

}  // namespace

std::vector<Tensor> LayerNorm::forward(Saving& saving, std::span<const Tensor> in) const {
  require_inputs(in, epsilon);
  const Tensor& x = in[0];
  const Shape rows = rows_of(x.shape());
  Tensor y(x.shape(), x.dtype(), x.device()), mean, rstd;
  if (saving.wanted()) {
    mean = Tensor({rows[0]}, x.dtype(), x.device());
    rstd = Tensor({rows[0]}, x.dtype(), x.device());
  }
  x.device().dispatch([&](auto stream) {
    launch::layer_norm(stream, y.reshape(rows), mean, rstd, x.reshape(rows), in[1], in[2], epsilon);
  });
  saving.input(0);
  if (in[1]) saving.input(1);
  saving.tensor(mean), saving.tensor(rstd);
  return {y};
}

void LayerNorm::gradients(Pass<Tensor>& pass) const {
  const Tensor &g = pass.gradients[0], &x = pass.inputs[0];
  const Shape rows = rows_of(x.shape());
  const Shape shapes[] = {rows, {rows[1]}, {rows[1]}};
  Tensor out[3];
  for (std::size_t i = 0; i < 3; ++i)
    if (pass.needs[i]) out[i] = Tensor(shapes[i], x.dtype(), x.device());
  x.device().dispatch([&](auto stream) {
    launch::layer_norm_gradients(stream, out[0], out[1], out[2], g.reshape(rows), x.reshape(rows),
                                 pass.inputs[1], pass.tensors[0], pass.tensors[1]);
  });
  if (out[0]) out[0] = out[0].reshape(x.shape());
  for (std::size_t i = 0; i < 3; ++i) pass.results[i] = out[i];
}

}  // namespace tutti
