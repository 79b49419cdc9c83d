#include "tutti/optim/rmsprop.h"

#include "tutti/ops/optimizer_step.h"

namespace tutti::optim {

Rmsprop::Rmsprop(std::vector<Group<RmspropOptions>> groups) : Optimizer("Rmsprop") {
  for (auto& [parameters, options] : groups) {
    std::vector<std::string> moments{"square_avg"};
    if (options.centered) moments.push_back("grad_avg");
    if (options.momentum > 0) moments.push_back("momentum_buffer");
    add_group(std::move(parameters), options.lr,
              {{"alpha", options.alpha, true},
               {"epsilon", options.epsilon},
               {"weight_decay", options.weight_decay},
               {"momentum", options.momentum},
               {"centered", double(options.centered)}},
              moments);
    options_.push_back(options);
  }
}

void Rmsprop::update_entry(const Entry& entry, const Tensor& gradient) {
  const RmspropOptions& options = options_[entry.group];
  const RmspropStep rule{lr(entry.group), options.alpha, options.epsilon, options.weight_decay};
  const Tensor& value = entry.parameter.value();
  const std::vector<Tensor>& moments = entry.moments;
  const bool moving = options.momentum > 0;
  if (options.centered && moving)
    update(CenteredRmspropMomentumStep{rule, options.momentum}, value, moments[0], moments[1],
           moments[2], gradient);
  else if (options.centered)
    update(CenteredRmspropStep{rule}, value, moments[0], moments[1], gradient);
  else if (moving)
    update(RmspropMomentumStep{rule, options.momentum}, value, moments[0], moments[1], gradient);
  else
    update(rule, value, moments[0], gradient);
}

}  // namespace tutti::optim
