// What the 32 lanes of a warp compute together.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

#include "tutti/cuda/grid.h"

namespace tutti::cuda {

struct Sum {
  template <class T>
  __device__ static T identity() {
    return 0;
  }
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};

/// NaN wins over every number.
struct Max {
  template <class T>
  __device__ static T identity() {
    if constexpr (std::numeric_limits<T>::has_infinity) return static_cast<T>(-INFINITY);
    return std::numeric_limits<T>::lowest();
  }
  template <class T>
  __device__ T operator()(T a, T b) const {
    return b > a || b != b ? b : a;
  }
};
struct Min {
  template <class T>
  __device__ static T identity() {
    if constexpr (std::numeric_limits<T>::has_infinity) return static_cast<T>(INFINITY);
    return std::numeric_limits<T>::max();
  }
  template <class T>
  __device__ T operator()(T a, T b) const {
    return b < a || b != b ? b : a;
  }
};

/// Of integers it wraps.
struct Product {
  template <class T>
  __device__ static T identity() {
    return 1;
  }
  template <class T>
  __device__ T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    else
      return a * b;
  }
};

/// The lanes' values combined in a fixed tree; every lane gets the result. All 32 must call it.
template <class Op, class T>
__device__ T combine_lanes(const Warp& warp, Op op, T value) {
  for (int distance = warp_threads / 2; distance > 0; distance /= 2)
    value = op(value, warp.shuffle_xor(value, distance));
  return value;
}

}  // namespace tutti::cuda
