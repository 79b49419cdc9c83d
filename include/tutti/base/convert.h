// Conversions between element types.
#pragma once

#include <type_traits>

#include "tutti/base/half.h"

namespace tutti {

template <class T>
inline constexpr bool is_half = std::is_same_v<T, f16> || std::is_same_v<T, bf16>;

/// What T is computed in: float for f16 and bf16.
template <class T>
using compute_type = std::conditional_t<is_half<T>, float, T>;

namespace detail {

/// A float that rounds to the same half as x: cut towards zero, its last bit set where bits were
/// lost. Source: Boldo, Melquiond: Emulation of FMA and correctly rounded sums, IEEE Trans. Comput.
/// 57 (2008).
TUTTI_HD inline float round_to_odd(double x) {
  const float nearest = static_cast<float>(x);
  const double back = static_cast<double>(nearest);
  const bool lost = back != x && x == x, away = back < 0 ? back < x : back > x;
  const auto bits = std::bit_cast<std::uint32_t>(nearest);
  const std::uint32_t odd = (bits - static_cast<std::uint32_t>(away)) | 1u;
  return std::bit_cast<float>(pick(lost, odd, bits));
}

}  // namespace detail

/// As C++ converts, and to f16 and bf16 by one rounding to nearest, ties to even.
template <class To, class From>
TUTTI_HD To convert(From from) {
  if constexpr (std::is_same_v<To, From>)
    return from;
  else if constexpr (is_half<From>)
    return convert<To>(widen(from));
  else if constexpr (!is_half<To>)
    return static_cast<To>(from);
  else if constexpr (std::is_same_v<From, float>)
    return narrow(from, To{});
  else
    return narrow(detail::round_to_odd(static_cast<double>(from)), To{});
}

}  // namespace tutti
