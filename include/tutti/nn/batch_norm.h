// Batch normalisation.
#pragma once

#include "tutti/nn/layer.h"
#include "tutti/ops/batch_norm.h"

namespace tutti::nn {

struct BatchNormOptions {
  double epsilon = 1e-5;
  double momentum = 0.1;  ///< by how much a step moves the running statistics: above 0, up to 1
  bool affine = true;     ///< with weight and bias
};

/// What BatchNorm1d and BatchNorm2d share. While training, each channel is normalised by the mean
/// and variance of the batch that the call is given (a shard, under DataParallel); else by
/// running_mean and running_var, which each step moves towards the batches' mean and unbiased
/// variance: without a wrapper in the forward; under DataParallel once a step, in the last
/// backward, by the average over the calls in all shards, weighted as gradients are and added by
/// the canonical sum, so that all ranks hold the same. Empty shards and calls that are not recorded
/// show nothing there. weight [channels] starts as 1, bias as 0, running_mean as 0, running_var as
/// 1; see tutti::batch_norm. These are PyTorch's names, whose num_batches_tracked io::load_into()
/// passes over.
template <class Derived>
class BatchNorm : public Layer<Derived> {
 public:
  Variable forward(const Variable& x) const {
    require_input(x.shape());
    return this->training() ? by_batch(x) : by_running(x);
  }

 protected:
  BatchNorm(std::int64_t channels, const BatchNormOptions& options, int least_rank, int most_rank);

 private:
  void require_input(const Shape& shape) const;
  Variable by_batch(const Variable& x) const;
  Variable by_running(const Variable& x) const;

  BatchNormOptions options_;
  int least_rank_, most_rank_;
  Variable weight_, bias_, running_mean_, running_var_;
  Variable calls_ = Variable::unset();  ///< a leaf of wrappers
};

/// Of x [n, channels] or [n, channels, length].
class BatchNorm1d : public BatchNorm<BatchNorm1d> {
 public:
  explicit BatchNorm1d(std::int64_t channels, const BatchNormOptions& options = {})
      : BatchNorm(channels, options, 2, 3) {}
};

/// Of x [n, channels, height, width].
class BatchNorm2d : public BatchNorm<BatchNorm2d> {
 public:
  explicit BatchNorm2d(std::int64_t channels, const BatchNormOptions& options = {})
      : BatchNorm(channels, options, 4, 4) {}
};

extern template class BatchNorm<BatchNorm1d>;
extern template class BatchNorm<BatchNorm2d>;

}  // namespace tutti::nn
