// LARS: stochastic gradient descent for large batches.
#pragma once

#include "tutti/optim/optimizer.h"

namespace tutti::optim {

struct LarsOptions {
  double lr = 1;
  double momentum = 0.9;
  double weight_decay = 0;  ///< added to the gradient, times the weight
  double trust = 1e-3;      ///< how far a step may move a parameter, as a part of its norm
  bool adapt = true;        ///< false: no ratio of norms, as is usual for biases and norms' weights
};

/// ratio = trust * ||w|| / (||gradient|| + weight_decay * ||w||), of the whole parameter, or 1
/// where either norm is 0; v = momentum * v + lr * ratio * (gradient + weight_decay * w); w -= v.
/// Norms are squared_norms()', in f64 by fixed chunks. Two passes over memory: the norms, w. A
/// device is waited for once a parameter, as the host divides the norms. Source: You, Gitman,
/// Ginsburg, arXiv:1708.03888, algorithm 1.
class Lars : public Optimizer {
 public:
  explicit Lars(std::vector<Parameter> parameters, const LarsOptions& options = {})
      : Lars(std::vector<Group<LarsOptions>>{{std::move(parameters), options}}) {}
  explicit Lars(std::vector<Group<LarsOptions>> groups);

 private:
  void update_entry(const Entry& entry, const Tensor& gradient) override;
  std::vector<LarsOptions> options_;
};

}  // namespace tutti::optim
