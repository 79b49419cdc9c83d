// From an element's row-major number to its place in tensors of any strides.
#pragma once

#include <cuda_runtime.h>

#include <array>
#include <cstdint>

#include "tutti/base/shape.h"

namespace tutti::cuda {

/// N tensors of one shape, by as few axes as their strides allow: neighbouring axes that lie in
/// every tensor as one axis would are merged.
template <std::size_t N>
class Strided {
 public:
  struct Offsets {
    std::int64_t at[N];
  };

  Strided(const Shape& shape, const std::array<Shape, N>& strides) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (shape[axis] == 1) continue;
      bool merge = rank_ > 0;
      for (std::size_t k = 0; merge && k < N; ++k)
        merge = stride_[k][rank_ - 1] == strides[k][axis] * shape[axis];
      if (!merge) extent_[rank_++] = 1;
      extent_[rank_ - 1] *= shape[axis];
      for (std::size_t k = 0; k < N; ++k) stride_[k][rank_ - 1] = strides[k][axis];
    }
  }

  /// Where element i lies in each tensor, in elements from its first.
  __device__ Offsets offsets(std::int64_t i) const {
    Offsets out{};
    for (int axis = rank_ - 1; axis > 0; --axis) {
      std::int64_t outer = i / extent_[axis];
      std::int64_t place = i - outer * extent_[axis];
      for (std::size_t k = 0; k < N; ++k) out.at[k] += place * stride_[k][axis];
      i = outer;
    }
    // The outermost axis needs no division: dense tensors, merged to one axis, do without any.
    for (std::size_t k = 0; k < N; ++k) out.at[k] += i * stride_[k][0];
    return out;
  }

 private:
  int rank_ = 0;
  std::int64_t extent_[Shape::max_rank] = {};
  std::int64_t stride_[N][Shape::max_rank] = {};
};

}  // namespace tutti::cuda
