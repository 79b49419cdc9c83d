// Losses: scalars, the mean over the batch.
#pragma once

#include "tutti/autograd/node.h"
#include "tutti/ops/softmax.h"

namespace tutti::nn {

/// The mean of -log(softmax(logits)[label]): logits [n, classes], labels i64 [n]; 0 for n = 0.
inline Variable cross_entropy(const Variable& logits, const Tensor& labels) {
  return tutti::cross_entropy(logits, labels);
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
