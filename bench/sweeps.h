// Several sweeps over all sizes, and which of their figures count.
#pragma once

#include <span>

#include "benchmark.h"

namespace tutti::bench {

/// Of one row in every sweep, the one whose ratio to the peer's time is the median, or whose own
/// time is where there is no peer; of two, the slower. A wrong result, ours or the peer's, comes
/// before all others. `wrong` is the sum of all.
Row median_row(std::vector<Row> rows);

/// The median rows of sweeps over the same cases.
std::vector<Line> median_lines(std::span<const std::vector<Line>> sweeps);

}  // namespace tutti::bench
