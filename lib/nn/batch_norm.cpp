#include "tutti/nn/batch_norm.h"

#include "tutti/autograd/checkpoint.h"
#include "tutti/ops/update.h"

namespace tutti::nn {

template <class Derived>
BatchNorm<Derived>::BatchNorm(std::int64_t channels, const BatchNormOptions& options,
                              int least_rank, int most_rank)
    : options_(options), least_rank_(least_rank), most_rank_(most_rank) {
  if (channels < 1 || !(options.epsilon >= 0) || !(options.momentum > 0 && options.momentum <= 1))
    raise(this->type(), ": found ", channels, " channels, epsilon ", options.epsilon,
          " and momentum ", options.momentum,
          ", expected 1 or more, 0 or more, and above 0 up to 1");
  if (options.affine) {
    weight_ = this->add_parameter("weight", {channels}, ones());
    bias_ = this->add_parameter("bias", {channels}, zeros());
  }
  running_mean_ =
      this->add_statistic("running_mean", {channels}, zeros(), options.momentum, calls_);
  running_var_ = this->add_statistic("running_var", {channels}, ones(), options.momentum, calls_);
}

template <class Derived>
void BatchNorm<Derived>::require_input(const Shape& shape) const {
  const std::int64_t channels = running_mean_.shape()[0];
  if (shape.rank() >= least_rank_ && shape.rank() <= most_rank_ && shape[1] == channels) return;
  raise(this->type(), ": found input ", shape, ", expected ", least_rank_,
        least_rank_ == most_rank_ ? "" : text(" or ", most_rank_), " axes, [n, ", channels,
        ", ...]");
}

template <class Derived>
Variable BatchNorm<Derived>::by_running(const Variable& x) const {
  Shape kept = x.shape();
  for (int axis = 0; axis < kept.rank(); ++axis)
    if (axis != 1) kept[axis] = 1;
  const auto f = [&](const Variable& y, const Variable& weight, const Variable& bias) {
    const Dtype dtype = y.dtype();
    Variable scale(pow(running_var_.value().to(dtype) + options_.epsilon, -0.5));
    if (weight) scale = scale * weight;
    Variable shift = Variable(running_mean_.value().to(dtype)) * scale;
    shift = bias ? bias - shift : -shift;
    return y * reshape(scale, kept) + reshape(shift, kept);
  };
  return with_f32("batch_norm", f, x, weight_, bias_);
}

template <class Derived>
Variable BatchNorm<Derived>::by_batch(const Variable& x) const {
  const bool empty = x.shape().count() == 0, wrapped = running_mean_.slot().sink != nullptr;
  BatchNormLeaves<Variable> leaves;
  if (wrapped && !empty) leaves = {running_mean_, running_var_, calls_};
  const auto [y, mean, variance] = batch_norm(x, weight_, bias_, options_.epsilon, leaves);
  if (wrapped || empty || recomputing()) return y;
  update(Blend{options_.momentum}, running_mean_.value(), mean);
  update(Blend{options_.momentum}, running_var_.value(), variance);
  return y;
}

template class BatchNorm<BatchNorm1d>;
template class BatchNorm<BatchNorm2d>;

}  // namespace tutti::nn
