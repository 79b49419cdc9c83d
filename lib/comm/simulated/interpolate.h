// Times that were measured for some sizes, at others.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace tutti {

/// The member `time` at `bytes`: linear between two rows of growing `bytes`, in proportion below
/// the first and beyond the last. At least one row.
template <class Row>
double interpolate(const std::vector<Row>& rows, double Row::*time, double bytes) {
  const auto above = std::ranges::lower_bound(rows, bytes, {}, &Row::bytes);
  if (above == rows.begin()) return bytes / above->bytes * ((*above).*time);
  const Row& below = *std::prev(above);
  if (above == rows.end()) return bytes / below.bytes * (below.*time);
  const double part = (bytes - below.bytes) / (above->bytes - below.bytes);
  return std::lerp(below.*time, (*above).*time, part);
}

}  // namespace tutti
