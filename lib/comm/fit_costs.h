// From times of all-reduces to costs.
#pragma once

#include <limits>

#include "tutti/comm/cost_model.h"

namespace tutti {

/// An all-reduce that was timed.
struct TimedCall {
  int steps = 1;
  std::size_t bytes = 0;  ///< as the cost model counts them: about its cost class
  double seconds = std::numeric_limits<double>::infinity();  ///< infinite where there was no time
};

/// Makes `curve` pass through what was measured, one call a cost class, as far as more bytes take
/// no less time. The curve stays where the first was not timed; others are at least as slow, byte
/// for byte, as the one before.
void fit(CostCurve& curve, const std::array<TimedCall, cost_classes.size()>& calls);

}  // namespace tutti
