// Stochastic gradient descent with momentum.
#pragma once

#include "tutti/optim/optimizer.h"

namespace tutti::optim {

struct SgdOptions {
  double lr = 0.01;
  double momentum = 0;
  double weight_decay = 0;  ///< added to the gradient, times the weight
  bool nesterov = false;
};

/// g = gradient + weight_decay * w; v = momentum * v + g (v = g at first); w -= lr * v, or with
/// nesterov w -= lr * (g + momentum * v). Without momentum no v is kept. Source: Sutskever et al.,
/// ICML 2013, as in PyTorch.
class Sgd : public Optimizer {
 public:
  explicit Sgd(std::vector<Parameter> parameters, const SgdOptions& options = {})
      : Sgd(std::vector<Group<SgdOptions>>{{std::move(parameters), options}}) {}
  explicit Sgd(std::vector<Group<SgdOptions>> groups);

 private:
  void update_entry(const Entry& entry, const Tensor& gradient) override;
  std::vector<SgdOptions> options_;
};

}  // namespace tutti::optim
