#include "tutti/optim/lars.h"

#include <array>
#include <cmath>

#include "tutti/ops/optimizer_step.h"
#include "tutti/ops/squared_norm.h"

namespace tutti::optim {

Lars::Lars(std::vector<Group<LarsOptions>> groups) : Optimizer("Lars") {
  for (auto& [parameters, options] : groups) {
    add_group(std::move(parameters), options.lr,
              {{"momentum", options.momentum},
               {"weight_decay", options.weight_decay},
               {"trust", options.trust},
               {"adapt", double(options.adapt)}},
              {"momentum_buffer"});
    options_.push_back(options);
  }
}

void Lars::update_entry(const Entry& entry, const Tensor& gradient) {
  const auto& [initial_lr, momentum, weight_decay, trust, adapt] = options_[entry.group];
  const Tensor& value = entry.parameter.value();
  double ratio = 1;
  if (adapt) {
    const std::vector<double> squares = squared_norms(std::array{value, gradient});
    const double weight = std::sqrt(squares[0]), step = std::sqrt(squares[1]);
    if (weight != 0 && step != 0) ratio = trust * weight / (step + weight_decay * weight);
  }
  update(LarsStep{lr(entry.group) * ratio, momentum, weight_decay}, value, entry.moments[0],
         gradient);
}

}  // namespace tutti::optim
