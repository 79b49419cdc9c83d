#include "tutti/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numbers>
#include <span>

#include "tutti/base/error.h"

namespace tutti::optim {
namespace {

// From `begin` at 0 to `end` at 1 along half a cosine.
double half_cosine(double begin, double end, double at) {
  return end + (begin - end) * (1 + std::cos(std::numbers::pi * std::clamp(at, 0.0, 1.0))) / 2;
}

struct Option {
  const char* name;
  double value;
};

void require(const char* who, std::int64_t step, std::initializer_list<Option> options) {
  if (step < 0) raise(who, ": found step ", step, ", expected 0 or more");
  for (const auto& [name, value] : options)
    if (!(std::isfinite(value) && value >= 0))
      raise(who, ": found ", name, " ", value, ", expected a finite number of 0 or more");
}

void require_length(const char* who, const char* name, std::int64_t length) {
  if (length < 1) raise(who, ": found ", name, " ", length, ", expected 1 or more");
}

// How many have been reached in this step.
std::size_t reached(const char* who, std::span<const std::int64_t> milestones, std::int64_t step) {
  for (std::size_t i = 0; i < milestones.size(); ++i)
    if (milestones[i] <= (i > 0 ? milestones[i - 1] : 0))
      raise(who, ": found milestone ", milestones[i], " after ", i > 0 ? milestones[i - 1] : 0,
            ", expected them to ascend from 1 or more");
  return static_cast<std::size_t>(std::upper_bound(milestones.begin(), milestones.end(), step) -
                                  milestones.begin());
}

}  // namespace

double Constant::operator()(std::int64_t step) const {
  require("Constant", step, {{"lr", lr}});
  return lr;
}

double StepDecay::operator()(std::int64_t step) const {
  require("StepDecay", step, {{"lr", lr}, {"factor", factor}});
  require_length("StepDecay", "period", period);
  return lr * std::pow(factor, static_cast<double>(step / period));
}

double MultiStep::operator()(std::int64_t step) const {
  require("MultiStep", step, {{"lr", lr}, {"factor", factor}});
  return lr * std::pow(factor, static_cast<double>(reached("MultiStep", milestones, step)));
}

double Exponential::operator()(std::int64_t step) const {
  require("Exponential", step, {{"lr", lr}, {"factor", factor}});
  return lr * std::pow(factor, static_cast<double>(step));
}

double Polynomial::operator()(std::int64_t step) const {
  require("Polynomial", step, {{"lr", lr}, {"power", power}});
  require_length("Polynomial", "steps", steps);
  if (step >= steps) return 0;
  return lr * std::pow(1 - static_cast<double>(step) / static_cast<double>(steps), power);
}

double LinearRamp::operator()(std::int64_t step) const {
  require("LinearRamp", step, {{"start_lr", start_lr}, {"end_lr", end_lr}});
  require_length("LinearRamp", "steps", steps);
  if (step >= steps) return end_lr;
  return start_lr + (end_lr - start_lr) * static_cast<double>(step) / static_cast<double>(steps);
}

double Cosine::operator()(std::int64_t step) const {
  require("Cosine", step, {{"max_lr", max_lr}, {"min_lr", min_lr}});
  require_length("Cosine", "steps", steps);
  const auto length = static_cast<double>(std::max<std::int64_t>(steps - 1, 1));
  return half_cosine(max_lr, min_lr, static_cast<double>(step) / length);
}

double OneCycle::operator()(std::int64_t step) const {
  require("OneCycle", step, {{"max_lr", max_lr}});
  require_length("OneCycle", "steps", steps);
  if (!(warmup >= 0 && warmup <= 1))
    raise("OneCycle: found warmup ", warmup, ", expected a part of the steps in [0, 1]");
  if (!(start_divisor > 0 && end_divisor > 0))
    raise("OneCycle: found start_divisor ", start_divisor, " and end_divisor ", end_divisor,
          ", expected positive numbers");
  const double peak = std::max(warmup * static_cast<double>(steps) - 1, 0.0);
  const double last = static_cast<double>(steps) - 1;
  const double first_lr = max_lr / start_divisor;
  const auto at = static_cast<double>(step);
  if (at >= last) return first_lr / end_divisor;
  if (at < peak) return half_cosine(first_lr, max_lr, at / peak);
  return half_cosine(max_lr, first_lr / end_divisor, (at - peak) / (last - peak));
}

double Sequence::operator()(std::int64_t step) const {
  require("Sequence", step, {});
  if (schedules.empty() || milestones.size() + 1 != schedules.size())
    raise("Sequence: found ", schedules.size(), " schedules and ", milestones.size(),
          " milestones, expected one schedule or more, and a milestone for each but the first");
  const std::size_t part = reached("Sequence", milestones, step);
  if (!schedules[part]) raise("Sequence: found no schedule in place ", part, ", expected one");
  return schedules[part](part > 0 ? step - milestones[part - 1] : step);
}

}  // namespace tutti::optim
