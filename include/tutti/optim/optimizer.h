// What all update rules share.
#pragma once

#include <vector>

#include "tutti/autograd/variable.h"

namespace tutti::optim {

/// Holds parameters (handles) and their learning rate. step() changes the values in place; a
/// parameter without gradient is left alone. Not collective: ranks with equal gradients stay equal.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  virtual void step() = 0;
  /// Marks every gradient slot empty.
  void zero_grad();
  double lr() const { return lr_; }
  void set_lr(double lr) { lr_ = lr; }

 protected:
  /// Error unless there are parameters, all initialised, and lr is finite and not negative.
  Optimizer(std::vector<Variable> parameters, double lr, const char* who);

  /// One zero-filled tensor like each parameter.
  std::vector<Tensor> like_parameters() const;

  std::vector<Variable> parameters_;
  double lr_;
};

}  // namespace tutti::optim
