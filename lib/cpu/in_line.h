// Strided elements laid side by side, for loops over several tensors.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tutti::cpu {

/// The elements that such a loop takes at once.
inline constexpr std::int64_t side_by_side = 512;

/// `count` elements, `step` apart: where they are, or in `room`.
template <class T>
const T* in_line(const T* from, std::int64_t step, std::int64_t count, T* room) {
  if (step == 1) return from;
  if (step == 0)
    std::fill_n(room, count, *from);
  else
    for (std::int64_t i = 0; i < count; ++i) room[i] = from[i * step];
  return room;
}

}  // namespace tutti::cpu
