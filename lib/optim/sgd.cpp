#include "tutti/optim/sgd.h"

#include "tutti/ops/optimizer_step.h"

namespace tutti::optim {

Sgd::Sgd(std::vector<Group<SgdOptions>> groups) : Optimizer("Sgd") {
  for (auto& [parameters, options] : groups) {
    if (options.nesterov && options.momentum == 0)
      raise("Sgd: found nesterov without momentum, expected a momentum above 0, such as 0.9");
    std::vector<std::string> moments;
    if (options.momentum > 0) moments = {"momentum_buffer"};
    add_group(std::move(parameters), options.lr,
              {{"momentum", options.momentum},
               {"weight_decay", options.weight_decay},
               {"nesterov", double(options.nesterov)}},
              moments);
    options_.push_back(options);
  }
}

void Sgd::update_entry(const Entry& entry, const Tensor& gradient) {
  const auto& [initial_lr, momentum, weight_decay, nesterov] = options_[entry.group];
  const Tensor& value = entry.parameter.value();
  const double rate = lr(entry.group);
  if (entry.moments.empty())
    update(PlainSgdStep{rate, weight_decay}, value, gradient);
  else
    update(SgdStep{rate, momentum, weight_decay, nesterov, entry.steps == 1}, value,
           entry.moments[0], gradient);
}

}  // namespace tutti::optim
