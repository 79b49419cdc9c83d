#include "tutti/optim/adam.h"

#include <cmath>

#include "tutti/ops/optimizer_step.h"

namespace tutti::optim {

Adam::Adam(std::vector<Variable> parameters, AdamOptions options)
    : Optimizer(std::move(parameters), options.lr, "Adam"),
      options_(options),
      mean_(like_parameters()),
      square_(like_parameters()),
      steps_(parameters_.size(), 0) {}

void Adam::step() {
  const auto& [lr, beta1, beta2, epsilon, weight_decay, decoupled] = options_;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor gradient = parameters_[i].grad();
    if (!gradient) continue;
    double t = static_cast<double>(++steps_[i]);
    AdamStep f{lr_,
               beta1,
               beta2,
               epsilon,
               1 - std::pow(beta1, t),
               1 - std::pow(beta2, t),
               decoupled ? 0 : weight_decay,
               decoupled ? weight_decay : 0};
    update(f, parameters_[i].value(), mean_[i], square_[i], gradient);
  }
}

}  // namespace tutti::optim
