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

/// What combine_block needs of a block's shared memory.
template <class T>
inline constexpr std::size_t combine_bytes = sizeof(T) * (block_threads / warp_threads);

/// The threads' values combined in a fixed tree, in the first bytes of shared memory; every thread
/// gets the result. All of the block must call it.
template <class Op, class T>
__device__ T combine_block(const Block& block, Op op, T value) {
  const Warp warp = block.warp();
  value = combine_lanes(warp, op, value);
  T* const shared = block.template shared<T>();
  if (warp.lane() == 0) shared[warp.index()] = value;
  block.sync();
  value = shared[0];
  for (int i = 1; i < block_threads / warp_threads; ++i) value = op(value, shared[i]);
  block.sync();  // before the next call stores
  return value;
}

}  // namespace tutti::cuda
