#include "tutti/optim/adam.h"

#include <cmath>

#include "tutti/ops/optimizer_step.h"

namespace tutti::optim {
namespace {

const std::vector<std::string> moments{"exp_avg", "exp_avg_sq"};

// `decay` is added to the gradient, `decoupled` shrinks the weight.
template <class Options>
AdamStep rule(const Options& options, double lr, std::int64_t steps, double decay,
              double decoupled) {
  const auto& [initial_lr, beta1, beta2, epsilon, weight_decay] = options;
  const auto t = static_cast<double>(steps);
  return {lr,    beta1,    beta2, epsilon, 1 - std::pow(beta1, t), 1 - std::pow(beta2, t),
          decay, decoupled};
}

}  // namespace

Adam::Adam(std::vector<Group<AdamOptions>> groups) : Optimizer("Adam") {
  for (auto& [parameters, options] : groups) {
    const auto& [lr, beta1, beta2, epsilon, weight_decay] = options;
    add_group(std::move(parameters), lr,
              {{"beta1", beta1, true},
               {"beta2", beta2, true},
               {"epsilon", epsilon},
               {"weight_decay", weight_decay}},
              moments);
    options_.push_back(options);
  }
}

void Adam::update_entry(const Entry& entry, const Tensor& gradient) {
  const AdamOptions& options = options_[entry.group];
  update(rule(options, lr(entry.group), entry.steps, options.weight_decay, 0),
         entry.parameter.value(), entry.moments[0], entry.moments[1], gradient);
}

AdamW::AdamW(std::vector<Group<AdamWOptions>> groups) : Optimizer("AdamW") {
  for (auto& [parameters, options] : groups) {
    const auto& [lr, beta1, beta2, epsilon, weight_decay] = options;
    add_group(std::move(parameters), lr,
              {{"beta1", beta1, true},
               {"beta2", beta2, true},
               {"epsilon", epsilon},
               {"weight_decay", weight_decay}},
              moments);
    options_.push_back(options);
  }
}

void AdamW::update_entry(const Entry& entry, const Tensor& gradient) {
  const AdamWOptions& options = options_[entry.group];
  update(rule(options, lr(entry.group), entry.steps, 0, options.weight_decay),
         entry.parameter.value(), entry.moments[0], entry.moments[1], gradient);
}

}  // namespace tutti::optim
