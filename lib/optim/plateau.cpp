#include "tutti/optim/plateau.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tutti::optim {

ReduceOnPlateau::ReduceOnPlateau(const PlateauOptions& options)
    : options_(options), lr_(options.lr), best_(std::numeric_limits<double>::infinity()) {
  if (!(options.factor >= 0 && options.factor < 1))
    raise("ReduceOnPlateau: found factor ", options.factor, ", expected a number in [0, 1)");
  for (double number : {options.lr, options.threshold, options.min_lr, options.epsilon})
    if (!(std::isfinite(number) && number >= 0))
      raise("ReduceOnPlateau: found lr ", options.lr, ", threshold ", options.threshold,
            ", min_lr ", options.min_lr, " and epsilon ", options.epsilon,
            ", expected finite numbers of 0 or more");
  if (options.min_lr > options.lr)
    raise("ReduceOnPlateau: found min_lr ", options.min_lr, " above lr ", options.lr,
          ", expected it to be the least");
  if (!options.absolute && options.threshold >= 1)
    raise("ReduceOnPlateau: found threshold ", options.threshold,
          ", expected a part of the best metric, below 1; or say .absolute = true");
  if (options.patience < 0 || options.cooldown < 0)
    raise("ReduceOnPlateau: found patience ", options.patience, " and cooldown ", options.cooldown,
          ", expected 0 or more");
  if (options.maximise) best_ = -best_;
}

bool ReduceOnPlateau::improves(double metric) const {
  const double part = options_.absolute ? 0 : options_.threshold;
  const double much = options_.absolute ? options_.threshold : 0;
  return options_.maximise ? metric > best_ * (1 + part) + much
                           : metric < best_ * (1 - part) - much;
}

double ReduceOnPlateau::step(double metric) {
  if (std::isnan(metric))
    raise(
        "ReduceOnPlateau::step: found a metric that is NaN, expected a number; did the training "
        "diverge?");
  if (improves(metric)) {
    best_ = metric;
    bad_ = 0;
  } else {
    ++bad_;
  }
  if (resting_ > 0) {
    --resting_;
    bad_ = 0;
  }
  if (bad_ > options_.patience) {
    const double next = std::max(lr_ * options_.factor, options_.min_lr);
    if (lr_ - next > options_.epsilon) lr_ = next;
    resting_ = options_.cooldown;
    bad_ = 0;
  }
  return lr_;
}

StateDict ReduceOnPlateau::state_dict() const {
  StateDict state;
  state.set("lr", lr_);
  state.set("best", best_);
  state.set("bad", bad_);
  state.set("resting", resting_);
  return state;
}

void ReduceOnPlateau::load_state_dict(const StateDict& state) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const StateSpec expected[] = {
      {.name = "lr", .kind = StateKind::number, .range = StateRange{}},
      {.name = "best", .kind = StateKind::number, .range = StateRange{-infinity, infinity}},
      {.name = "bad", .kind = StateKind::integer, .range = StateRange{}},
      {.name = "resting", .kind = StateKind::integer, .range = StateRange{}}};
  state.require("ReduceOnPlateau::load_state_dict", expected);
  lr_ = state.at<double>("lr");
  best_ = state.at<double>("best");
  bad_ = state.at<std::int64_t>("bad");
  resting_ = state.at<std::int64_t>("resting");
}

}  // namespace tutti::optim
