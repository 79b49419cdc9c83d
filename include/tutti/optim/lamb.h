// LAMB: Adam for large batches.
#pragma once

#include "tutti/optim/optimizer.h"

namespace tutti::optim {

struct LambOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-6;
  double weight_decay = 0;  ///< times the weight, added to the direction
  bool adapt = true;        ///< false: no ratio of norms, as is usual for biases and norms' weights
};

/// With m and v as in Adam: u = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon) +
/// weight_decay * w; w -= lr * ratio * u, where ratio = ||w|| / ||u||, of the whole parameter, or 1
/// where either norm is 0. Norms are squared_norms()', in f64 by fixed chunks. Three passes over
/// memory: u, the norms, w; and memory for u of one parameter at a time. A device is waited for
/// once a parameter, as the host divides the norms. Source: You et al., arXiv:1904.00962,
/// algorithm 2 with phi(z) = z.
class Lamb : public Optimizer {
 public:
  explicit Lamb(std::vector<Parameter> parameters, const LambOptions& options = {})
      : Lamb(std::vector<Group<LambOptions>>{{std::move(parameters), options}}) {}
  explicit Lamb(std::vector<Group<LambOptions>> groups);

 private:
  void update_entry(const Entry& entry, const Tensor& gradient) override;
  std::vector<LambOptions> options_;
};

}  // namespace tutti::optim
