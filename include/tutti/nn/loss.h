// Losses: scalars. What they have in common: 16-bit floats become f32, and so is the loss; the mean
// over nothing is 0; targets may require gradients, too.
#pragma once

#include "tutti/autograd/node.h"
#include "tutti/ops/cross_entropy.h"

namespace tutti::nn {

/// See tutti::cross_entropy(). Hands backward what it divided by, so that shards are weighted by
/// the labels that count.
inline Variable cross_entropy(const Variable& logits, const Tensor& labels,
                              CrossEntropyOptions options = {}) {
  return tutti::cross_entropy(logits, labels, std::move(options));
}

struct NllOptions {
  std::int64_t ignore_index = -100;  ///< rows with this label do not count
  Tensor weights = {};               ///< of the classes [classes]; empty: 1 each
  LossReduction reduction = LossReduction::mean;
};

/// The mean of -x[label] over the rows of x [..., classes], which holds log-probabilities as
/// log_softmax() gives; each row counts by its label's weight, and backward is handed their sum.
/// labels i64 [...] in [0, classes) or ignore_index: another one is an Error on the CPU; on CUDA
/// its row has loss 0.
Variable nll_loss(const Variable& log_probabilities, const Tensor& labels,
                  const NllOptions& options = {});

// Of elements: prediction and target are of one shape and device, and of float dtypes that meet
// (see promoted), which an Error names otherwise. The mean divides by the number of elements, which
// leaves the shard its weight.

/// (prediction - target)^2.
Variable mse_loss(const Variable& prediction, const Variable& target,
                  LossReduction reduction = LossReduction::mean);

/// |prediction - target|; the derivative at 0 is 0.
Variable l1_loss(const Variable& prediction, const Variable& target,
                 LossReduction reduction = LossReduction::mean);

struct HuberOptions {
  double delta = 1;  ///< where quadratic becomes linear
  LossReduction reduction = LossReduction::mean;
};

/// tutti::huber() of the difference.
Variable huber_loss(const Variable& prediction, const Variable& target,
                    const HuberOptions& options = {});

struct SmoothL1Options {
  double beta = 1;  ///< where quadratic becomes linear; 0: nowhere, which is l1_loss
  LossReduction reduction = LossReduction::mean;
};

/// Huber's loss divided by beta. Source: Girshick, arXiv:1504.08083, equation 3.
Variable smooth_l1_loss(const Variable& prediction, const Variable& target,
                        const SmoothL1Options& options = {});

struct BceOptions {
  Tensor weight = {};      ///< multiplies the elements; broadcasts
  Tensor pos_weight = {};  ///< multiplies what a target of 1 adds; broadcasts
  LossReduction reduction = LossReduction::mean;
};

/// -(target log(sigmoid(x)) + (1 - target) log(1 - sigmoid(x))), without overflow; target from 0 to
/// 1. The mean divides by the number of elements, whatever they weigh.
Variable bce_with_logits(const Variable& x, const Variable& target, const BceOptions& options = {});

struct KlOptions {
  bool log_target = false;  ///< target holds log-probabilities, as x does
  LossReduction reduction = LossReduction::mean;
};

/// target * (log(target) - x): the divergence of x, which holds log-probabilities, from target; 0
/// where target is. The mean is over all elements: times the number of classes it is the divergence
/// of a sample (PyTorch's "batchmean").
Variable kl_div(const Variable& x, const Variable& target, const KlOptions& options = {});

/// a b / (|a| |b|) along `axis`, which is dropped; lengths below epsilon count as epsilon.
Variable cosine_similarity(const Variable& a, const Variable& b, std::int64_t axis = 1,
                           double epsilon = 1e-8);

struct CosineOptions {
  double margin = 0;  ///< from -1 to 1
  LossReduction reduction = LossReduction::mean;
};

/// Of a and b [n, width] or [width] with target [n] or [] of 1 or -1, of any dtype: 1 - cosine
/// where that is 1, else max(0, cosine - margin). The mean is over the rows.
Variable cosine_embedding_loss(const Variable& a, const Variable& b, const Tensor& target,
                               const CosineOptions& options = {});

}  // namespace tutti::nn
