// Sum, product and extremum of one row, in lanes that the compiler keeps in vector registers.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

namespace tutti::cpu {

/// A lane that adds nothing holds the identity: combined with it, every number keeps its bits.
struct Sum {
  template <class T>
  static constexpr T identity = -T(0);
  template <class T>
  T operator()(T a, T b) const {
    return a + b;
  }
};

/// NaN wins over every number.
struct Max {
  template <class T>
  static constexpr T identity = std::numeric_limits<T>::has_infinity
                                    ? -std::numeric_limits<T>::infinity()
                                    : std::numeric_limits<T>::lowest();
  template <class T>
  T operator()(T a, T b) const {
    return b > a || b != b ? b : a;
  }
};
struct Min {
  template <class T>
  static constexpr T identity = std::numeric_limits<T>::has_infinity
                                    ? std::numeric_limits<T>::infinity()
                                    : std::numeric_limits<T>::max();
  template <class T>
  T operator()(T a, T b) const {
    return b < a || b != b ? b : a;
  }
};

/// Of integers it wraps.
struct Product {
  template <class T>
  static constexpr T identity = T(1);
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    else
      return a * b;
  }
};

/// Element i of a row belongs to lane i % row_lanes. A lane is combined in sequence, then the upper
/// half of the lanes is folded onto the lower one until one is left.
inline constexpr int row_lanes = 32;

template <int lanes, class Op, class T>
T reduce_lanes(Op op, const T* x, std::int64_t n) {
  T sums[lanes];
  for (T& sum : sums) sum = Op::template identity<T>;
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (int lane = 0; lane < lanes; ++lane) sums[lane] = op(sums[lane], x[i + lane]);
  for (int lane = 0; i < n; ++i, ++lane) sums[lane] = op(sums[lane], x[i]);
  for (int half = lanes / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane) sums[lane] = op(sums[lane], sums[lane + half]);
  return sums[0];
}

/// The reduction of x[0] ... x[n - 1]; the order depends on n alone.
template <class Op, class T>
T reduce_row(Op op, const T* x, std::int64_t n) {
  // A short row needs no lanes that would hold the identity alone.
  if (n <= row_lanes / 4) return reduce_lanes<row_lanes / 4>(op, x, n);
  return reduce_lanes<row_lanes>(op, x, n);
}

}  // namespace tutti::cpu
