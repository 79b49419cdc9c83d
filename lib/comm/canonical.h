// The shape of the canonical sum.
#pragma once

#include <bit>
#include <type_traits>

namespace tutti {

/// The sum of ranks [lo, hi) is that of [lo, middle) plus that of [middle, hi): the lower part
/// holds the largest power of two below hi - lo. Needs hi - lo > 1.
template <class Index>
constexpr Index canonical_middle(Index lo, Index hi) {
  return lo +
         static_cast<Index>(std::bit_floor(static_cast<std::make_unsigned_t<Index>>(hi - lo - 1)));
}

}  // namespace tutti
