// Elements of any float dtype, as a kernel computes with them.
#pragma once

#include <cstdint>
#include <type_traits>

#include "tutti/base/convert.h"
#include "tutti/base/dtype.h"
#include "tutti/cuda/grid.h"

namespace tutti::cuda {

/// Memory of a dtype that T computes with. The dtype is the same for every thread: a kernel that
/// asks costs less than one kernel a dtype.
template <class T>
struct Elements {
  void* data;
  Dtype dtype;

  __device__ T load(std::int64_t i) const {
    if constexpr (std::is_same_v<T, float>) {
      if (dtype == Dtype::f16) return widen(static_cast<const f16*>(data)[i]);
      if (dtype == Dtype::bf16) return widen(static_cast<const bf16*>(data)[i]);
    }
    return static_cast<const T*>(data)[i];
  }
  /// Rounds once where the dtype has 16 bits.
  __device__ void store(std::int64_t i, T value) const {
    if constexpr (std::is_same_v<T, float>) {
      if (dtype == Dtype::f16) return void(static_cast<f16*>(data)[i] = narrow(value, f16{}));
      if (dtype == Dtype::bf16) return void(static_cast<bf16*>(data)[i] = narrow(value, bf16{}));
    }
    static_cast<T*>(data)[i] = value;
  }
};

}  // namespace tutti::cuda
