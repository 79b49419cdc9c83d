// 16-bit floating point: stored, moved and reduced; arithmetic happens in float.
#pragma once

#include <bit>
#include <cstdint>

#include "tutti/base/config.h"

namespace tutti {

/// IEEE 754 binary16.
struct f16 {
  std::uint16_t bits;
};

/// The upper half of a binary32.
struct bf16 {
  std::uint16_t bits;
};

namespace detail {

// By masks: GCC would turn an ordinary choice into a branch, or into 16-bit operations between two
// conversions, and loops over it into poor vector code or none.
[[gnu::always_inline]] TUTTI_HD inline std::uint32_t pick(bool condition, std::uint32_t a,
                                                          std::uint32_t b) {
  const std::uint32_t mask = 0u - static_cast<std::uint32_t>(condition);
  return (a & mask) | (b & ~mask);
}

}  // namespace detail

// Always inline: a loop with a call is no vector code.

/// The value of the half with these bits, which are all below 2^16. Exact.
[[gnu::always_inline]] TUTTI_HD inline float widen_bits(std::uint32_t bits, bf16) {
  return std::bit_cast<float>(bits << 16);
}
[[gnu::always_inline]] TUTTI_HD inline float widen_bits(std::uint32_t bits, f16) {
  const std::uint32_t sign = (bits & 0x8000u) << 16, rest = bits & 0x7fffu;
  // As the bits of a float, the exponent is 112 too small: a product puts it right, subnormals
  // included. Infinity and NaN get the largest exponent instead.
  const float scaled = std::bit_cast<float>(rest << 13) * 0x1p112f;
  const std::uint32_t special = (rest << 13) | 0x7f800000u;
  return std::bit_cast<float>(
      sign | detail::pick(rest >= 0x7c00u, special, std::bit_cast<std::uint32_t>(scaled)));
}

/// Bits of the nearest half, ties to even; beyond the range infinity; NaN stays NaN.
[[gnu::always_inline]] TUTTI_HD inline std::uint32_t narrow_bits(float x, bf16) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t rounded = bits + 0x7fffu + (bits >> 16 & 1u);
  const std::uint32_t quiet_nan = bits | 0x400000u;
  return detail::pick((bits & 0x7fffffffu) > 0x7f800000u, quiet_nan, rounded) >> 16;
}
[[gnu::always_inline]] TUTTI_HD inline std::uint32_t narrow_bits(float x, f16) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t sign = bits >> 16 & 0x8000u, rest = bits & 0x7fffffffu;
  // Below 2^-14 the result is subnormal: adding 1/2 lets the addition round at its last place.
  const float small = std::bit_cast<float>(rest) + 0.5f;
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(small) - 0x3f000000u;
  const std::uint32_t normal = (rest + 0xc8000fffu + (rest >> 13 & 1u)) >> 13;
  const std::uint32_t special = detail::pick(rest > 0x7f800000u, 0x7e00u, 0x7c00u);
  const std::uint32_t finite = detail::pick(rest < 0x38800000u, subnormal, normal);
  return sign | detail::pick(rest >= 0x477ff000u, special, finite);
}

TUTTI_HD inline float widen(bf16 x) {
  return widen_bits(x.bits, x);
}
TUTTI_HD inline float widen(f16 x) {
  return widen_bits(x.bits, x);
}
TUTTI_HD inline bf16 narrow(float x, bf16 type) {
  return {static_cast<std::uint16_t>(narrow_bits(x, type))};
}
TUTTI_HD inline f16 narrow(float x, f16 type) {
  return {static_cast<std::uint16_t>(narrow_bits(x, type))};
}

}  // namespace tutti
