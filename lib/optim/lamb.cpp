#include "tutti/optim/lamb.h"

#include <array>
#include <cmath>

#include "tutti/ops/optimizer_step.h"
#include "tutti/ops/squared_norm.h"

namespace tutti::optim {

Lamb::Lamb(std::vector<Group<LambOptions>> groups) : Optimizer("Lamb") {
  for (auto& [parameters, options] : groups) {
    add_group(std::move(parameters), options.lr,
              {{"beta1", options.beta1, true},
               {"beta2", options.beta2, true},
               {"epsilon", options.epsilon},
               {"weight_decay", options.weight_decay},
               {"adapt", double(options.adapt)}},
              {"exp_avg", "exp_avg_sq"});
    options_.push_back(options);
  }
}

void Lamb::update_entry(const Entry& entry, const Tensor& gradient) {
  const auto& [initial_lr, beta1, beta2, epsilon, weight_decay, adapt] = options_[entry.group];
  const auto t = static_cast<double>(entry.steps);
  const Tensor& value = entry.parameter.value();
  Tensor direction(value.shape(), accumulator_of(value.dtype()), value.device());
  update(LambDirection{beta1, beta2, epsilon, 1 - std::pow(beta1, t), 1 - std::pow(beta2, t),
                       weight_decay},
         direction, entry.moments[0], entry.moments[1], value, gradient);
  double ratio = 1;
  if (adapt) {
    const std::vector<double> squares = squared_norms(std::array{value, direction});
    if (squares[0] != 0 && squares[1] != 0) ratio = std::sqrt(squares[0] / squares[1]);
  }
  update(Accumulate{-lr(entry.group) * ratio}, value, direction);
}

}  // namespace tutti::optim
