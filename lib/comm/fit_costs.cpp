#include "comm/fit_costs.h"

#include <algorithm>
#include <cmath>

namespace tutti {

void fit(CostCurve& curve, const std::array<TimedCall, cost_classes.size()>& calls) {
  if (!std::isfinite(calls[0].seconds)) return;
  // A short block that seems to take longer than a long one was disturbed.
  std::array<double, cost_classes.size()> seconds;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = calls.size(); k-- > 0;)
    seconds[k] = least = std::min(least, calls[k].seconds);

  curve.measured = true;
  curve.per_step = seconds[0] / calls[0].steps;
  curve.moving[0] = 0;
  for (std::size_t k = 1; k < calls.size(); ++k) {
    const auto size = static_cast<double>(cost_classes[k]);
    if (std::isfinite(seconds[k]))
      curve.moving[k] = (seconds[k] - curve.per_step * calls[k].steps) * size /
                        static_cast<double>(calls[k].bytes);
    else
      curve.moving[k] = std::max(
          curve.moving[k], curve.moving[k - 1] * size / static_cast<double>(cost_classes[k - 1]));
    curve.moving[k] = std::max(curve.moving[k], curve.moving[k - 1]);
  }
}

}  // namespace tutti
