// Lion.
#pragma once

#include "tutti/optim/optimizer.h"

namespace tutti::optim {

struct LionOptions {
  double lr = 1e-4;
  double beta1 = 0.9, beta2 = 0.99;
  double weight_decay = 0;  ///< times lr: by how much a step shrinks the weight itself
};

/// c = beta1 * m + (1 - beta1) * gradient; w -= lr * (sign(c) + weight_decay * w);
/// m = beta2 * m + (1 - beta2) * gradient. The sign of 0 is 0. One pass over memory, with half of
/// Adam's moments. Source: Chen et al., arXiv:2302.06675, algorithm 2.
class Lion : public Optimizer {
 public:
  explicit Lion(std::vector<Parameter> parameters, const LionOptions& options = {})
      : Lion(std::vector<Group<LionOptions>>{{std::move(parameters), options}}) {}
  explicit Lion(std::vector<Group<LionOptions>> groups);

 private:
  void update_entry(const Entry& entry, const Tensor& gradient) override;
  std::vector<LionOptions> options_;
};

}  // namespace tutti::optim
