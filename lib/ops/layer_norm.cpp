#include "tutti/ops/layer_norm.h"

#include "last_axes.h"
#include "launch.h"
#include "tutti/ops/rms_norm.h"

namespace tutti {
namespace {

void require_inputs(std::span<const Tensor> in, double epsilon, std::string_view who) {
  const Tensor& x = in[0];
  if (x.rank() == 0 || x.size(-1) == 0)
    raise(who, ": found shape ", x.shape(), ", expected a last axis of 1 or more");
  if (!(epsilon >= 0)) raise(who, ": found epsilon ", epsilon, ", expected 0 or more");
  const char* names[] = {"x", "weight", "bias"};
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (!in[i]) continue;
    if (in[i].shape() != Shape{x.size(-1)})
      raise(who, ": found ", names[i], ' ', in[i].shape(), " for x ", x.shape(), ", expected [",
            x.size(-1), ']');
    require_alike(std::array{x, in[i]}, who);
  }
  require_alike(std::array{x}, who);
}

/// y, and what backward reads: with `centred` the rows' means, and their rstd.
Tensor normalised(Saving& saving, const Tensor& x, const Tensor& weight, const Tensor& bias,
                  double epsilon, bool centred) {
  const Shape rows = rows_of(x.shape());
  Tensor y(x.shape(), x.dtype(), x.device()), mean, rstd;
  if (saving.wanted()) {
    if (centred) mean = Tensor({rows[0]}, x.dtype(), x.device());
    rstd = Tensor({rows[0]}, x.dtype(), x.device());
  }
  x.device().dispatch([&](auto stream) {
    launch::layer_norm(stream, y.reshape(rows), mean, rstd, x.reshape(rows), weight, bias, epsilon,
                       centred);
  });
  saving.input(0);
  if (weight) saving.input(1);
  if (centred) saving.tensor(mean);
  saving.tensor(rstd);
  return y;
}

void set_gradients(Pass<Tensor>& pass, const Tensor& mean, const Tensor& rstd) {
  const Tensor &g = pass.gradients[0], &x = pass.inputs[0];
  const Shape rows = rows_of(x.shape());
  const Shape shapes[] = {rows, {rows[1]}, {rows[1]}};
  Tensor out[3];
  for (std::size_t i = 0; i < pass.results.size(); ++i)
    if (pass.needs[i]) out[i] = Tensor(shapes[i], x.dtype(), x.device());
  x.device().dispatch([&](auto stream) {
    launch::layer_norm_gradients(stream, out[0], out[1], out[2], g.reshape(rows), x.reshape(rows),
                                 pass.inputs[1], mean, rstd);
  });
  if (out[0]) out[0] = out[0].reshape(x.shape());
  std::copy_n(out, pass.results.size(), pass.results.begin());
}

}  // namespace

std::vector<Tensor> LayerNorm::forward(Saving& saving, std::span<const Tensor> in) const {
  require_inputs(in, epsilon, name);
  return {normalised(saving, in[0], in[1], in[2], epsilon, true)};
}

void LayerNorm::gradients(Pass<Tensor>& pass) const {
  set_gradients(pass, pass.tensors[0], pass.tensors[1]);
}

std::vector<Tensor> RmsNorm::forward(Saving& saving, std::span<const Tensor> in) const {
  require_inputs(in, epsilon, name);
  return {normalised(saving, in[0], in[1], {}, epsilon, false)};
}

void RmsNorm::gradients(Pass<Tensor>& pass) const {
  set_gradients(pass, {}, pass.tensors[0]);
}

}  // namespace tutti
