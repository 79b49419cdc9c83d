// RMSprop.
#pragma once

#include "tutti/optim/optimizer.h"

namespace tutti::optim {

struct RmspropOptions {
  double lr = 0.01;
  double alpha = 0.99;  ///< of the running means: what is kept of them in a step
  double epsilon = 1e-8;
  double weight_decay = 0;  ///< times the weight, added to the gradient
  double momentum = 0;
  bool centered = false;  ///< divides by the deviation from the mean instead
};

/// g = gradient + weight_decay * w; square = alpha * square + (1 - alpha) * g^2, and where centered
/// mean likewise of g; u = g / (sqrt(square - mean^2) + epsilon); v = momentum * v + u;
/// w -= lr * v. One pass over memory; only the moments that the options need are kept. Source:
/// Tieleman, Hinton, Neural Networks for Machine Learning, lecture 6e (2012); centered: Graves,
/// arXiv:1308.0850; epsilon outside of the root, as in PyTorch.
class Rmsprop : public Optimizer {
 public:
  explicit Rmsprop(std::vector<Parameter> parameters, const RmspropOptions& options = {})
      : Rmsprop(std::vector<Group<RmspropOptions>>{{std::move(parameters), options}}) {}
  explicit Rmsprop(std::vector<Group<RmspropOptions>> groups);

 private:
  void update_entry(const Entry& entry, const Tensor& gradient) override;
  std::vector<RmspropOptions> options_;
};

}  // namespace tutti::optim
