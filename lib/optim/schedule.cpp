#include "tutti/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tutti::optim {
namespace {

// From `begin` at 0 to `end` at 1 along half a cosine.
double half_cosine(double begin, double end, double at) {
  return end + (begin - end) * (1 + std::cos(std::numbers::pi * std::clamp(at, 0.0, 1.0))) / 2;
}

}  // namespace

double OneCycle::operator()(std::int64_t step) const {
  double peak = std::max(warmup * static_cast<double>(steps) - 1, 0.0);
  double last = std::max(static_cast<double>(steps) - 1, peak + 1);
  double at = static_cast<double>(step);
  if (at < peak) return half_cosine(max_lr / start_divisor, max_lr, at / peak);
  return half_cosine(max_lr, max_lr / end_divisor, (at - peak) / (last - peak));
}

double Cosine::operator()(std::int64_t step) const {
  if (step < warmup) return max_lr * static_cast<double>(step + 1) / static_cast<double>(warmup);
  double length = static_cast<double>(std::max<std::int64_t>(steps - 1 - warmup, 1));
  return half_cosine(max_lr, min_lr, static_cast<double>(step - warmup) / length);
}

}  // namespace tutti::optim
