#include "tutti/optim/optimizer.h"

#include <cmath>

namespace tutti::optim {

Optimizer::Optimizer(std::vector<Variable> parameters, double lr, const char* who)
    : parameters_(std::move(parameters)), lr_(lr) {
  if (parameters_.empty()) raise(who, ": found no parameters, expected those of a model");
  for (const Variable& parameter : parameters_) parameter.value();
  if (!(std::isfinite(lr) && lr >= 0))
    raise(who, ": found learning rate ", lr, ", expected a finite number of 0 or more");
}

void Optimizer::zero_grad() {
  for (Variable& parameter : parameters_) parameter.zero_grad();
}

std::vector<Tensor> Optimizer::like_parameters() const {
  std::vector<Tensor> out;
  for (const Variable& parameter : parameters_)
    out.push_back(Tensor::zeros(parameter.shape(), parameter.dtype(), parameter.device()));
  return out;
}

}  // namespace tutti::optim
