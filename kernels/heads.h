// Tensors as matrices, one for each head of a batch.
#pragma once

#include "tutti/cuda/grid.h"
#include "tutti/tensor/tensor.h"

namespace tutti::cuda {

/// A tensor [..., n, c] whose rows have no gaps.
template <class T>
struct Heads {
  T* data = nullptr;
  int axes = 0;
  std::int64_t extents[Shape::max_rank] = {}, strides[Shape::max_rank] = {}, row_step = 0;

  Heads(const Tensor& x, T* to) : data(to) {
    if (!data) return;
    axes = x.rank() - 2;
    for (int axis = 0; axis < axes; ++axis)
      extents[axis] = x.shape()[axis], strides[axis] = x.strides()[axis];
    row_step = x.strides()[axes];
  }
  __device__ T* row(std::int64_t head, std::int64_t i) const {
    std::int64_t offset = i * row_step;
    for (int axis = axes - 1; axis >= 0; --axis) {
      offset += head % extents[axis] * strides[axis];
      head /= extents[axis];
    }
    return data + offset;
  }
};

template <class T>
Heads<const T> read(const Tensor& x) {
  return {x, x ? x.data<T>() : nullptr};
}
template <class T>
Heads<T> written(const Tensor& x) {
  return {x, x ? x.mutable_data<T>() : nullptr};
}

}  // namespace tutti::cuda
