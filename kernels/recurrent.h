// What the cells of recurrences share: a thread for each element of the state.
#pragma once

#include <cmath>

#include "launch.h"
#include "pointer.h"
#include "tutti/cuda/grid.h"

namespace tutti::cuda {

/// Which sequences have this step.
struct Live {
  const std::int64_t* lengths;
  std::int64_t at;

  explicit Live(const launch::RecurrentStep& step)
      : lengths(Pointer<std::int64_t>::read(step.lengths)), at(step.at) {}
  __device__ bool operator()(std::int64_t row) const { return !lengths || lengths[row] > at; }
};

/// What reaches a state: dh, what a product adds (null: nothing), and its own gradient (likewise).
template <class T>
struct Reaching {
  const T *product, *own;

  __device__ T operator()(T carried, std::int64_t i) const {
    if (product) carried += product[i];
    if (own) carried += own[i];
    return carried;
  }
};

template <class T>
__device__ T sigmoid(T x) {
  return 1 / (1 + std::exp(-x));
}

}  // namespace tutti::cuda
