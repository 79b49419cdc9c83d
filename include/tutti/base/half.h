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

/// Exact. Branch-free, so that loops over it become vector code.
inline float widen(bf16 x) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(x.bits) << 16);
}
inline float widen(f16 x) {
  const std::uint32_t sign = (x.bits & 0x8000u) << 16, rest = x.bits & 0x7fffu;
  // As the bits of a float, the exponent is 112 too small: a product puts it right, subnormals
  // included. Infinity and NaN get the largest exponent instead.
  const float scaled = std::bit_cast<float>(rest << 13) * 0x1p112f;
  const std::uint32_t special = (rest << 13) | 0x7f800000u;
  return std::bit_cast<float>(sign |
                              (rest >= 0x7c00u ? special : std::bit_cast<std::uint32_t>(scaled)));
}

/// Rounds to nearest, ties to even; beyond the range to infinity; NaN stays NaN.
inline bf16 narrow(float x, bf16) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t rounded = bits + 0x7fffu + (bits >> 16 & 1u);
  const std::uint32_t quiet_nan = bits | 0x400000u;
  return {static_cast<std::uint16_t>((x != x ? quiet_nan : rounded) >> 16)};
}
inline f16 narrow(float x, f16) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t sign = bits >> 16 & 0x8000u, rest = bits & 0x7fffffffu;
  // Below 2^-14 the result is subnormal: adding 1/2 lets the addition round at its last place.
  const float small = std::bit_cast<float>(rest) + 0.5f;
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(small) - 0x3f000000u;
  const std::uint32_t normal = (rest + 0xc8000fffu + (rest >> 13 & 1u)) >> 13;
  const std::uint32_t special = rest > 0x7f800000u ? 0x7e00u : 0x7c00u;
  const std::uint32_t finite = rest < 0x38800000u ? subnormal : normal;
  return {static_cast<std::uint16_t>(sign | (rest >= 0x477ff000u ? special : finite))};
}

}  // namespace tutti
