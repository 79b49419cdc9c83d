#include "tutti/optim/loss_scaler.h"

#include <cmath>

#include "tutti/autograd/node.h"
#include "tutti/ops/update.h"
#include "tutti/optim/clip.h"

namespace tutti::optim {
namespace {

// 2^-24, the smallest number of f16: a loss that is scaled by less overflows for other reasons.
constexpr double least_scale = 0x1p-24;

}  // namespace

LossScaler::LossScaler(const LossScalerOptions& options)
    : options_(options), scale_(options.scale) {
  const auto& [scale, growth, backoff, interval] = options;
  if (!(scale > 0 && std::isfinite(scale) && growth >= 1 && std::isfinite(growth) && backoff > 0 &&
        backoff < 1 && interval >= 1))
    raise("LossScaler: found scale ", scale, ", growth ", growth, ", backoff ", backoff,
          " and interval ", interval,
          ", expected a positive scale, growth from 1 up, backoff between 0 and 1, and an interval "
          "of 1 or more");
}

Variable LossScaler::scale(const Variable& loss) {
  unscaled_ = nullptr;
  return cast(loss, accumulator_of(loss.dtype())) * scale_;
}

bool LossScaler::unscale(Optimizer& optimizer) {
  if (unscaled_)
    raise(
        "LossScaler::unscale: found gradients that were unscaled before, expected one call "
        "between two steps");
  const std::vector<Parameter> parameters = optimizer.parameters();
  // Squares of f32 do not overflow f64: their sum is finite where they all are.
  finite_ = std::isfinite(grad_norm(parameters));
  if (finite_)
    for (const Parameter& parameter : parameters)
      if (Tensor gradient = parameter.grad()) update(Scale{1 / scale_}, gradient);
  unscaled_ = &optimizer;
  return finite_;
}

bool LossScaler::step(Optimizer& optimizer) {
  if (!unscaled_) unscale(optimizer);
  if (unscaled_ != &optimizer)
    raise(
        "LossScaler::step: found an optimizer whose gradients have not been unscaled since "
        "another's were, expected one optimizer for each scaler");
  unscaled_ = nullptr;
  if (finite_) optimizer.step();
  if (!finite_) {
    taken_ = 0;
    if (scale_ * options_.backoff < least_scale)
      raise(
          "LossScaler::step: found gradients that are not finite at scale ", scale_,
          ", expected a smaller scale to help; look for NaN in the data and at the learning rate");
    scale_ *= options_.backoff;
  } else if (++taken_ == options_.interval) {
    taken_ = 0;
    if (std::isfinite(static_cast<float>(scale_ * options_.growth))) scale_ *= options_.growth;
  }
  return finite_;
}

StateDict LossScaler::state_dict() const {
  StateDict state;
  state.set("scale", scale_);
  state.set("taken", taken_);
  return state;
}

void LossScaler::load_state_dict(const StateDict& state) {
  state.require("LossScaler::load_state_dict",
                std::array<StateSpec, 2>{{{"scale", StateKind::number, {}, {}, {}},
                                          {"taken", StateKind::integer, {}, {}, {}}}});
  const double scale = state.at<double>("scale");
  const std::int64_t taken = state.at<std::int64_t>("taken");
  if (!(scale > 0 && std::isfinite(scale) && taken >= 0 && taken < options_.interval))
    raise("LossScaler::load_state_dict: found scale ", scale, " after ", taken,
          " steps, expected a positive one after less than the interval of ", options_.interval,
          "; was the state saved with a longer interval?");
  scale_ = scale;
  taken_ = taken;
  unscaled_ = nullptr;
}

}  // namespace tutti::optim
