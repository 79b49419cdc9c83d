// How the ranks of a node divide a block that all of them see.
#pragma once

#include <algorithm>

#include "tutti/base/block.h"

namespace tutti {

/// Elements [begin, end) of a block.
struct ElementRange {
  std::size_t begin, end;
  std::size_t count() const { return end - begin; }
};

/// The part of member `k` of `members`: whole lines of `bytes_of_line`, counted from the block's
/// start.
inline ElementRange line_share(std::size_t count, Dtype dtype, int k, int members,
                               std::size_t bytes_of_line = 64) {
  const std::size_t line = bytes_of_line / size_of(dtype), lines = (count + line - 1) / line;
  const auto end = [&](std::size_t m) {
    const auto n = static_cast<std::size_t>(members);
    return std::min(count, (lines / n * m + lines % n * m / n) * line);
  };
  return {end(static_cast<std::size_t>(k)), end(static_cast<std::size_t>(k) + 1)};
}

/// Elements of the longest line_share().
inline std::size_t longest_line_share(std::size_t count, Dtype dtype, int members,
                                      std::size_t bytes_of_line = 64) {
  std::size_t most = 0;
  for (int k = 0; k < members; ++k)
    most = std::max(most, line_share(count, dtype, k, members, bytes_of_line).count());
  return most;
}

}  // namespace tutti
