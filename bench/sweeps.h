// Several sweeps over all sizes, and which of their figures count.
#pragma once

#include <span>

#include "benchmark.h"

namespace tutti::bench {

/// Of one case, measured in every sweep, the rows of the sweep in which the chosen algorithm's (or
/// else the first one's) ratio to the peer's time is the median, or where there is no peer its
/// ratio to the fastest algorithm's time; among equal ratios its time counts. Of two sweeps, the
/// worse one. `wrong` is the sum over the sweeps; a result that was wrong in any of them has no
/// time.
std::vector<Row> median_rows(std::vector<std::vector<Row>> sweeps);

/// The same for all cases.
std::vector<Places> median_cases(std::span<const std::vector<Places>> sweeps);

}  // namespace tutti::bench
