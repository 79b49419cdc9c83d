// A number for each of an image's axes.
#pragma once

#include <cstdint>
#include <ostream>

namespace tutti {

/// Height and width: {3, 2}, or 3 for both.
struct Pair2d {
  std::int64_t height, width;

  constexpr Pair2d(std::int64_t both) : height(both), width(both) {}
  constexpr Pair2d(std::int64_t h, std::int64_t w) : height(h), width(w) {}

  /// Are both at least `least`?
  constexpr bool at_least(std::int64_t least) const { return height >= least && width >= least; }
  friend std::ostream& operator<<(std::ostream& out, Pair2d x) {
    return out << x.height << " x " << x.width;
  }
};

}  // namespace tutti
