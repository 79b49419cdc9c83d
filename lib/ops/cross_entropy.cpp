#include "tutti/ops/cross_entropy.h"

#include "last_axes.h"
#include "launch.h"

namespace tutti {
namespace {

void require_inputs(const Tensor& x, const Tensor& labels, const CrossEntropyOptions& options) {
  require_alike(std::array{x}, "cross_entropy");
  Shape rows = x.shape();
  if (rows.rank() > 0) rows.erase(rows.rank() - 1);
  if (x.rank() == 0 || x.size(-1) == 0 || labels.shape() != rows || labels.dtype() != Dtype::i64)
    raise("cross_entropy: found logits ", x.shape(), " and labels ", labels.shape(), " of ",
          labels.dtype(), ", expected [..., classes] and i64 [...]");
  require_same_device(x, labels, "cross_entropy");
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1))
    raise("cross_entropy: found label_smoothing ", options.label_smoothing, ", expected 0 to 1");
  const Tensor& weights = options.weights;
  if (!weights) return;
  if (weights.shape() != Shape{x.size(-1)})
    raise("cross_entropy: found weights ", weights.shape(), " for logits ", x.shape(),
          ", expected [", x.size(-1), ']');
  require_alike(std::array{x, weights}, "cross_entropy");
}

launch::Classes classes_of(const Tensor& labels, const Tensor& weights,
                           const CrossEntropyOptions& options) {
  return {labels.reshape({labels.count()}), weights, options.ignore_index, options.label_smoothing,
          options.reduction == LossReduction::sum};
}

}  // namespace

std::vector<Tensor> CrossEntropy::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor& x = in[0];
  require_inputs(x, labels, options);
  const Shape rows = rows_of(x.shape());
  Tensor loss({}, x.dtype(), x.device()), statistics({2, rows[0]}, x.dtype(), x.device());
  x.device().dispatch([&](auto stream) {
    launch::cross_entropy(stream, loss, counted, statistics, x.reshape(rows),
                          classes_of(labels, options.weights, options));
  });
  saving.input(0);
  saving.tensor(statistics), saving.tensor(labels);
  if (options.weights) saving.tensor(options.weights);
  return {loss};
}

Tensor CrossEntropy::gradient(const Pass<Tensor>& pass) const {
  const Tensor& x = pass.inputs[0];
  const Shape rows = rows_of(x.shape());
  Tensor dx(x.shape(), x.dtype(), x.device());
  const Tensor weights = options.weights ? pass.tensors[2] : Tensor();
  x.device().dispatch([&](auto stream) {
    launch::cross_entropy_gradient(stream, dx.reshape(rows), pass.gradients[0], counted,
                                   pass.tensors[0], x.reshape(rows),
                                   classes_of(pass.tensors[1], weights, options));
  });
  return dx;
}

std::pair<Tensor, Tensor> CrossEntropy::row_targets(const Tensor& x,
                                                    const Tensor& saved_labels) const {
  const auto classes = static_cast<std::size_t>(x.size(-1));
  const std::vector<std::int64_t> label = saved_labels.to_vector<std::int64_t>();
  std::vector<double> weight(classes, 1);
  if (options.weights) weight = options.weights.to(Dtype::f64).to_vector<double>();
  const double divisor = denominator(), smoothing = options.label_smoothing;
  std::vector<double> factors(label.size()), targets(label.size() * classes);
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (label[i] == options.ignore_index || divisor == 0) continue;
    double* row = targets.data() + i * classes;
    for (std::size_t c = 0; c < classes; ++c)
      row[c] = smoothing / static_cast<double>(classes) * weight[c] / divisor;
    const auto own = static_cast<std::size_t>(label[i]);
    row[own] += (1 - smoothing) * weight[own] / divisor;
    for (std::size_t c = 0; c < classes; ++c) factors[i] += row[c];
  }
  auto tensor = [&](const std::vector<double>& values, std::int64_t last) {
    Shape shape = x.shape();
    shape[shape.rank() - 1] = last;
    return Tensor::from(values, shape).to(x.device()).to(x.dtype());
  };
  return {tensor(factors, 1), tensor(targets, x.size(-1))};
}

}  // namespace tutti
