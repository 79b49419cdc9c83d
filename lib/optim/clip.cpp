#include "tutti/optim/clip.h"

#include <cmath>

#include "tutti/ops/optimizer_step.h"
#include "tutti/ops/squared_norm.h"

namespace tutti::optim {

double grad_norm(std::span<const Parameter> parameters) {
  std::vector<Tensor> gradients;
  for (const Parameter& parameter : parameters)
    if (Tensor gradient = parameter.grad()) gradients.push_back(gradient);
  double sum = 0;
  for (double square : squared_norms(gradients)) sum += square;
  return std::sqrt(sum);
}

double clip_grad_norm(std::span<const Parameter> parameters, double max_norm) {
  if (!(max_norm > 0))
    raise("clip_grad_norm: found max_norm ", max_norm, ", expected a positive number");
  double norm = grad_norm(parameters);
  if (!std::isfinite(norm) || norm <= max_norm) return norm;
  for (const Parameter& parameter : parameters)
    if (Tensor gradient = parameter.grad()) update(Scale{max_norm / norm}, gradient);
  return norm;
}

void clip_grad_value(std::span<const Parameter> parameters, double max_value) {
  if (!(max_value > 0))
    raise("clip_grad_value: found max_value ", max_value, ", expected a positive number");
  for (const Parameter& parameter : parameters)
    if (Tensor gradient = parameter.grad()) update(Limit{max_value}, gradient);
}

}  // namespace tutti::optim
