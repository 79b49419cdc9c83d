#include "tutti/ops/group_norm.h"

#include "launch.h"

namespace tutti {
namespace {

void require_inputs(std::span<const Tensor> in, std::int64_t groups, double epsilon) {
  const Tensor& x = in[0];
  if (x.rank() < 2 || x.size(1) == 0)
    raise("group_norm: found shape ", x.shape(), ", expected [n, channels, ...]");
  const std::int64_t channels = x.size(1);
  if (groups < 1 || channels % groups != 0)
    raise("group_norm: found ", groups, " groups for ", channels, " channels of x ", x.shape(),
          ", expected a number that divides them");
  if (!(epsilon >= 0)) raise("group_norm: found epsilon ", epsilon, ", expected 0 or more");
  require_alike(std::array{x}, "group_norm");
  const char* names[] = {"x", "weight", "bias"};
  for (std::size_t i = 1; i < 3; ++i) {
    if (!in[i]) continue;
    if (in[i].shape() != Shape{channels})
      raise("group_norm: found ", names[i], ' ', in[i].shape(), " for x ", x.shape(),
            ", expected [", channels, ']');
    require_alike(std::array{x, in[i]}, "group_norm");
  }
}

// As [n, channels, the rest].
Shape channels_of(const Shape& shape) {
  std::int64_t rest = 1;
  for (int i = 2; i < shape.rank(); ++i) rest *= shape[i];
  return {shape[0], shape[1], rest};
}

}  // namespace

std::vector<Tensor> GroupNorm::forward(Saving& saving, std::span<const Tensor> in) const {
  require_inputs(in, groups, epsilon);
  const Tensor& x = in[0];
  const Shape whole = channels_of(x.shape());
  Tensor y(x.shape(), x.dtype(), x.device());
  Tensor mean({x.size(0), groups}, x.dtype(), x.device());
  Tensor rstd({x.size(0), groups}, x.dtype(), x.device());
  x.device().dispatch([&](auto stream) {
    launch::group_norm(stream, y.reshape(whole), mean, rstd, x.reshape(whole), in[1], in[2],
                       epsilon);
  });
  saving.input(0);
  if (in[1]) saving.input(1);
  saving.tensor(mean), saving.tensor(rstd);
  return {y};
}

void GroupNorm::gradients(Pass<Tensor>& pass) const {
  const Tensor &g = pass.gradients[0], &x = pass.inputs[0];
  const Shape whole = channels_of(x.shape());
  const Shape shapes[] = {whole, {whole[1]}, {whole[1]}};
  Tensor out[3];
  for (std::size_t i = 0; i < 3; ++i)
    if (pass.needs[i]) out[i] = Tensor(shapes[i], x.dtype(), x.device());
  x.device().dispatch([&](auto stream) {
    launch::group_norm_gradients(stream, out[0], out[1], out[2], g.reshape(whole), x.reshape(whole),
                                 pass.inputs[1], pass.tensors[0], pass.tensors[1]);
  });
  if (out[0]) out[0] = out[0].reshape(x.shape());
  std::copy_n(out, 3, pass.results.begin());
}

}  // namespace tutti
