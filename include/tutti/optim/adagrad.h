// Adagrad.
#pragma once

#include "tutti/optim/optimizer.h"

namespace tutti::optim {

struct AdagradOptions {
  double lr = 0.01;
  double lr_decay = 0;  ///< the rate of step t, from 0, is lr / (1 + lr_decay * t)
  double epsilon = 1e-10;
  double weight_decay = 0;               ///< times the weight, added to the gradient
  double initial_accumulator_value = 0;  ///< what each sum of squares starts with
};

/// g = gradient + weight_decay * w; sum += g^2; w -= rate * g / (sqrt(sum) + epsilon). One pass
/// over memory. Source: Duchi, Hazan, Singer, JMLR 12 (2011), in the form of PyTorch.
class Adagrad : public Optimizer {
 public:
  explicit Adagrad(std::vector<Parameter> parameters, const AdagradOptions& options = {})
      : Adagrad(std::vector<Group<AdagradOptions>>{{std::move(parameters), options}}) {}
  explicit Adagrad(std::vector<Group<AdagradOptions>> groups);

 private:
  void update_entry(const Entry& entry, const Tensor& gradient) override;
  std::vector<AdagradOptions> options_;
};

}  // namespace tutti::optim
