// Virtual time: whole picoseconds, so that equal times are equal.
#pragma once

#include <cmath>
#include <cstdint>

namespace tutti {

using Picoseconds = std::int64_t;

inline Picoseconds picoseconds(double seconds) {
  return std::llround(seconds * 1e12);
}
inline double seconds(Picoseconds time) {
  return static_cast<double>(time) * 1e-12;
}

}  // namespace tutti
