// What an op took, beside what it could.
#pragma once

#include <optional>
#include <string>

#include "op_cases.h"
#include "roofline.h"

namespace tutti::bench {

/// Of one call, forward or backward.
struct OpCost {
  double seconds = 0;     ///< the median
  double bytes = 0;       ///< that must be loaded or stored, each once
  double operations = 0;  ///< of products
};

struct OpRow {
  std::string op, shapes;
  OpCost forward;
  std::optional<OpCost> backward;  ///< an optimizer's step has none

  /// The sum of both; the roof is that of each.
  OpCost total() const;
  double roof_seconds(const Roofline& roofline) const;
};

/// Times forward, which is recorded, and backward, which gives gradients of all leaves, `runs`
/// times each. Forward must load inputs and labels and store the result. Error where a value is not
/// finite.
OpRow measure(const OpCase& of, int runs);
/// A step must load the parameter, its gradient and the moments, and store all but the gradient.
OpRow measure(const UpdateCase& of, int runs);

}  // namespace tutti::bench
