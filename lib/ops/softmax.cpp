#include "tutti/ops/softmax.h"

#include "last_axes.h"
#include "launch.h"

namespace tutti {
namespace {

// A result like x of launcher(stream, out, x, ...), all as rows.
template <class... Others>
Tensor by_rows(const char* who, auto launcher, const Tensor& x, const Others&... others) {
  require_alike(std::array{x, others...}, who);
  if (x.rank() == 0 || x.size(-1) == 0)
    raise(who, ": found shape ", x.shape(), ", expected a last axis of 1 or more");
  Tensor out(x.shape(), x.dtype(), x.device());
  const Shape rows = rows_of(x.shape());
  x.device().dispatch([&](auto stream) {
    launcher(stream, out.reshape(rows), x.reshape(rows), others.reshape(rows)...);
  });
  return out;
}

}  // namespace

std::vector<Tensor> Softmax::forward(Saving& saving, std::span<const Tensor> in) const {
  saving.output(0);
  return {by_rows(
      "softmax", [](auto... rows) { launch::softmax(rows...); }, in[0])};
}

Tensor Softmax::gradient(const Tensor& g, const Tensor& y) {
  return by_rows(
      "softmax", [](auto... rows) { launch::softmax_gradient(rows...); }, g, y);
}

std::vector<Tensor> LogSoftmax::forward(Saving& saving, std::span<const Tensor> in) const {
  saving.output(0);
  return {by_rows(
      "log_softmax", [](auto... rows) { launch::log_softmax(rows...); }, in[0])};
}

Tensor LogSoftmax::gradient(const Tensor& g, const Tensor& y) {
  return by_rows(
      "log_softmax", [](auto... rows) { launch::log_softmax_gradient(rows...); }, g, y);
}

}  // namespace tutti
