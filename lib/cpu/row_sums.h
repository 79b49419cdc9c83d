// Sums over a row of what a function gives for each place, in lanes of vector registers.
#pragma once

#include <cstdint>

namespace tutti::cpu {

/// f(0) + ... + f(n - 1), in an order that depends on n alone.
template <class T, class F>
T sum_over(std::int64_t n, F f) {
  constexpr int lanes = 32;
  T sums[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (int lane = 0; lane < lanes; ++lane) sums[lane] += f(i + lane);
  for (int lane = 0; i < n; ++i, ++lane) sums[lane] += f(i);
  for (int half = lanes / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  return sums[0];
}

}  // namespace tutti::cpu
