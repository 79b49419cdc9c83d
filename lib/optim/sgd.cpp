#include "tutti/optim/sgd.h"

#include "tutti/ops/optimizer_step.h"

namespace tutti::optim {

Sgd::Sgd(std::vector<Group<SgdOptions>> groups) : Optimizer("Sgd", {"momentum_buffer"}) {
  for (auto& [parameters, options] : groups) {
    if (!(options.momentum >= 0 && options.weight_decay >= 0))
      raise("Sgd: found momentum ", options.momentum, " and weight_decay ", options.weight_decay,
            ", expected 0 or more");
    add_group(std::move(parameters), options.lr,
              std::array{options.momentum, options.weight_decay, double(options.nesterov)});
    options_.push_back(options);
  }
}

void Sgd::update_entry(const Entry& entry, const Tensor& gradient) {
  const auto& [initial_lr, momentum, weight_decay, nesterov] = options_[entry.group];
  SgdStep f{lr(entry.group), momentum, weight_decay, nesterov, entry.steps == 1};
  update(f, entry.parameter.value(), entry.moments[0], gradient);
}

}  // namespace tutti::optim
