// Sum and maximum of one row, in lanes that the compiler keeps in vector registers.
#pragma once

#include <cstdint>
#include <limits>

namespace tutti::cpu {

struct Sum {
  template <class T>
  static constexpr T identity = 0;
  template <class T>
  T operator()(T a, T b) const {
    return a + b;
  }
};

/// NaN wins over every number.
struct Max {
  template <class T>
  static constexpr T identity = -std::numeric_limits<T>::infinity();
  template <class T>
  T operator()(T a, T b) const {
    return b > a || b != b ? b : a;
  }
};

template <int lanes, class Op, class T>
T reduce_lanes(Op op, const T* x, std::int64_t n, std::int64_t step) {
  T sums[lanes];
  for (T& sum : sums) sum = Op::template identity<T>;
  std::int64_t i = 0;
  if (step == 1) {
    for (; i + lanes <= n; i += lanes)
      for (int lane = 0; lane < lanes; ++lane) sums[lane] = op(sums[lane], x[i + lane]);
  } else {
    for (; i + lanes <= n; i += lanes)
      for (int lane = 0; lane < lanes; ++lane) sums[lane] = op(sums[lane], x[(i + lane) * step]);
  }
  for (int lane = 0; i < n; ++i, ++lane) sums[lane] = op(sums[lane], x[i * step]);
  for (int half = lanes / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane) sums[lane] = op(sums[lane], sums[lane + half]);
  return sums[0];
}

/// The reduction of x[0], x[step], ... x[(n - 1) * step]; the order depends on n alone.
template <class Op, class T>
T reduce_row(Op op, const T* x, std::int64_t n, std::int64_t step = 1) {
  // Four full AVX-512 registers hide the latency of the addition; short rows would only fill them.
  constexpr int wide = 256 / sizeof(T);
  return n < 2 * wide ? reduce_lanes<8>(op, x, n, step) : reduce_lanes<wide>(op, x, n, step);
}

}  // namespace tutti::cpu
