#include "tutti/optim/sgd.h"

#include "tutti/ops/optimizer_step.h"

namespace tutti::optim {

Sgd::Sgd(std::vector<Variable> parameters, SgdOptions options)
    : Optimizer(std::move(parameters), options.lr, "Sgd"),
      options_(options),
      velocity_(like_parameters()),
      started_(parameters_.size(), false) {}

void Sgd::step() {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor gradient = parameters_[i].grad();
    if (!gradient) continue;
    SgdStep f{lr_, options_.momentum, options_.weight_decay, options_.nesterov, !started_[i]};
    update(f, parameters_[i].value(), velocity_[i], gradient);
    started_[i] = true;
  }
}

}  // namespace tutti::optim
