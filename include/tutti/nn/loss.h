// Losses: scalars, the mean over the batch.
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

/// The mean of (prediction - target)^2; shapes must be equal; 0 for an empty batch.
inline Variable mse_loss(const Variable& prediction, const Tensor& target) {
  if (prediction.shape() != target.shape())
    raise("mse_loss: found shapes ", prediction.shape(), " and ", target.shape(),
          ", expected equal ones");
  Variable difference = prediction - target;
  return mean(difference * difference);
}

}  // namespace tutti::nn
