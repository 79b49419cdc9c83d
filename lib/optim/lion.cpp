#include "tutti/optim/lion.h"

#include "tutti/ops/optimizer_step.h"

namespace tutti::optim {

Lion::Lion(std::vector<Group<LionOptions>> groups) : Optimizer("Lion") {
  for (auto& [parameters, options] : groups) {
    add_group(std::move(parameters), options.lr,
              {{"beta1", options.beta1, true},
               {"beta2", options.beta2, true},
               {"weight_decay", options.weight_decay}},
              {"exp_avg"});
    options_.push_back(options);
  }
}

void Lion::update_entry(const Entry& entry, const Tensor& gradient) {
  const LionOptions& options = options_[entry.group];
  update(LionStep{lr(entry.group), options.beta1, options.beta2, options.weight_decay},
         entry.parameter.value(), entry.moments[0], gradient);
}

}  // namespace tutti::optim
