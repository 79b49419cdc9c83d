// Random numbers of a distribution from Philox's words, with the same bits on every device: nothing
// but exactly rounded operations, fused by hand where a compiler might fuse. Tensor::rand takes
// words 0 and 1 of philox.at(stream, i) for element 2 i and words 2 and 3 for the next one;
// Tensor::randn those for elements 4 i and 4 i + 1, and for the next two.
#pragma once

#include <bit>
#include <cmath>

#include "tutti/base/convert.h"
#include "tutti/base/philox.h"

namespace tutti {

namespace detail {

/// The natural logarithm of a number in (0, 1): m 2^k with m in [sqrt(1/2), sqrt(2)), and
/// log m = 2 artanh((m - 1) / (m + 1)) by its series. Correct to about a unit in the last place.
TUTTI_HD inline double log_of_unit(double x) {
  constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcd;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::int64_t k = static_cast<std::int64_t>(bits - root_half) >> 52;
  const auto m = std::bit_cast<double>(bits - (static_cast<std::uint64_t>(k) << 52));
  const double s = (m - 1) / (m + 1), square = s * s;
  double sum = 1.0 / 21;
  for (int n = 19; n > 0; n -= 2) sum = std::fma(sum, square, 1.0 / n);
  return std::fma(static_cast<double>(k), 0.69314718055994531, 2 * s * sum);
}

/// cos x and sin x / x by their series in x^2, |x| <= pi / 4: to an error of 1e-17.
TUTTI_HD inline double cosine_of(double square) {
  constexpr double terms[] = {1.0 / 20922789888000,
                              -1.0 / 87178291200,
                              1.0 / 479001600,
                              -1.0 / 3628800,
                              1.0 / 40320,
                              -1.0 / 720,
                              1.0 / 24,
                              -1.0 / 2,
                              1.0};
  double sum = terms[0];
  for (int i = 1; i < 9; ++i) sum = std::fma(sum, square, terms[i]);
  return sum;
}
TUTTI_HD inline double sine_by_x(double square) {
  constexpr double terms[] = {1.0 / 355687428096000,
                              -1.0 / 1307674368000,
                              1.0 / 6227020800,
                              -1.0 / 39916800,
                              1.0 / 362880,
                              -1.0 / 5040,
                              1.0 / 120,
                              -1.0 / 6,
                              1.0};
  double sum = terms[0];
  for (int i = 1; i < 9; ++i) sum = std::fma(sum, square, terms[i]);
  return sum;
}

}  // namespace detail

/// (word + 1/2) / 2^32: in (0, 1), safe under a logarithm.
TUTTI_HD constexpr double unit_interval(std::uint32_t word) {
  return (word + 0.5) * 0x1p-32;
}

/// Two independent normal numbers of mean 0 and deviation 1 by two random words.
struct NormalPair {
  double first, second;
};
/// Source: Box, Muller: "A note on the generation of random normal deviates", Ann. Math. Stat. 29,
/// 1958. The angle, in quarters of a turn and a rest of at most an eighth, needs no reduction.
TUTTI_HD inline NormalPair box_muller(std::uint32_t for_radius, std::uint32_t for_angle) {
  const double radius = std::sqrt(-2 * detail::log_of_unit(unit_interval(for_radius)));
  const std::uint32_t quarter = (for_angle + 0x20000000u) >> 30;
  const auto rest = static_cast<std::int32_t>(for_angle - (quarter << 30));
  const double x = (rest + 0.5) * (6.2831853071795865 * 0x1p-32), square = x * x;
  const double sine = x * detail::sine_by_x(square), cosine = detail::cosine_of(square);
  const double along = quarter % 2 ? -sine : cosine, across = quarter % 2 ? cosine : sine;
  const double signed_radius = quarter / 2 % 2 ? -radius : radius;
  return {signed_radius * along, signed_radius * across};
}

/// Uniform in [0, 1): the upper 53, 24, 11 or 8 bits of two random words, as many as T holds.
template <class T>
TUTTI_HD T uniform_number(std::uint32_t high, std::uint32_t low) {
  if constexpr (std::is_same_v<T, double>)
    return static_cast<double>(((static_cast<std::uint64_t>(high) << 32) | low) >> 11) * 0x1p-53;
  else if constexpr (std::is_same_v<T, float>)
    return uniform_float(high);
  else
    return convert<T>(uniform_float(high & (std::is_same_v<T, f16> ? 0xffe00000u : 0xff000000u)));
}

}  // namespace tutti
