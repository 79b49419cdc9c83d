#include "tutti/ops/softmax.h"

#include "launch.h"

namespace tutti {
namespace {

void require_labels(const Tensor& x, const Tensor& labels) {
  require_alike(std::array{x}, "cross_entropy");
  if (x.rank() != 2 || labels.shape() != Shape{x.size(0)} || labels.dtype() != Dtype::i64)
    raise("cross_entropy: found logits ", x.shape(), " and labels ", labels.shape(), " of ",
          labels.dtype(), ", expected [n, classes] and i64 [n]");
  require_same_device(x, labels, "cross_entropy");
}

}  // namespace

Tensor Softmax::forward(const Tensor& x) const {
  require_alike(std::array{x}, name);
  if (x.rank() == 0 || x.size(-1) == 0)
    raise("softmax: found shape ", x.shape(), ", expected a last axis of 1 or more");
  Tensor dense = x.contiguous();
  Tensor out(x.shape(), x.dtype(), x.device());
  Shape rows{x.count() / x.size(-1), x.size(-1)};
  x.device().dispatch(
      [&](auto stream) { launch::softmax(stream, out.reshape(rows), dense.reshape(rows)); });
  return out;
}

Tensor CrossEntropyRows::forward(const Tensor& x) const {
  require_labels(x, labels);
  Tensor dense = x.contiguous();
  Tensor out({x.size(0)}, x.dtype(), x.device());
  x.device().dispatch(
      [&](auto stream) { launch::cross_entropy(stream, out, dense, labels.contiguous()); });
  return out;
}

Tensor cross_entropy_input(const Tensor& g, const Tensor& x, const Tensor& labels) {
  require_labels(x, labels);
  Tensor dense = x.contiguous(), dense_g = g.contiguous();
  Tensor out(x.shape(), x.dtype(), x.device());
  x.device().dispatch([&](auto stream) {
    launch::cross_entropy_input(stream, out, dense_g, dense, labels.contiguous());
  });
  return out;
}

Tensor one_hot(const Tensor& labels, std::int64_t classes, const Tensor& like) {
  std::vector<double> positions(static_cast<std::size_t>(classes));
  for (std::int64_t c = 0; c < classes; ++c) positions[static_cast<std::size_t>(c)] = c;
  Tensor columns = Tensor::from(positions, {1, classes}).to(like.device()).to(like.dtype());
  return map(Equal{}, labels.to(like.dtype()).reshape({labels.count(), 1}), columns);
}

}  // namespace tutti
