#include "tutti/optim/adagrad.h"

#include "tutti/ops/optimizer_step.h"

namespace tutti::optim {

Adagrad::Adagrad(std::vector<Group<AdagradOptions>> groups) : Optimizer("Adagrad") {
  for (auto& [parameters, options] : groups) {
    add_group(std::move(parameters), options.lr,
              {{"lr_decay", options.lr_decay},
               {"epsilon", options.epsilon},
               {"weight_decay", options.weight_decay},
               {"initial_accumulator_value", options.initial_accumulator_value}},
              {"sum"});
    options_.push_back(options);
  }
}

void Adagrad::update_entry(const Entry& entry, const Tensor& gradient) {
  const AdagradOptions& options = options_[entry.group];
  const double rate =
      lr(entry.group) / (1 + options.lr_decay * static_cast<double>(entry.steps - 1));
  const double initial = entry.steps == 1 ? options.initial_accumulator_value : 0;
  update(AdagradStep{rate, initial, options.epsilon, options.weight_decay}, entry.parameter.value(),
         entry.moments[0], gradient);
}

}  // namespace tutti::optim
