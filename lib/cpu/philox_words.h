// Many random words at a time.
#pragma once

#include <cstdint>

#include "tutti/base/philox.h"

namespace tutti::cpu {

/// Calls of Philox that are made side by side.
inline constexpr int philox_calls = 64;

/// [k][j]: word k of call j. Apart from each other, which makes vector code.
using PhiloxWords = std::uint32_t[4][philox_calls];

/// The words at offsets `first`, first + step and so on.
inline void draw(PhiloxWords& words, Philox philox, std::uint64_t stream, std::int64_t first,
                 std::int64_t step = 1) {
  for (int j = 0; j < philox_calls; ++j) {
    Philox::Words drawn = philox.at(stream, static_cast<std::uint64_t>(first + j * step));
    words[0][j] = drawn[0], words[1][j] = drawn[1];
    words[2][j] = drawn[2], words[3][j] = drawn[3];
  }
}

}  // namespace tutti::cpu
