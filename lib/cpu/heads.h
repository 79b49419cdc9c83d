// Tensors as matrices, one for each head of a batch.
#pragma once

#include "tutti/tensor/tensor.h"

namespace tutti::cpu {

/// A matrix whose rows have no gaps.
template <class T>
struct Rows {
  T* data = nullptr;
  std::int64_t step = 0;

  T* operator[](std::int64_t row) const { return data + row * step; }
  /// The rows from `row` on.
  Rows from(std::int64_t row) const { return {data + row * step, step}; }
};

/// A tensor [..., n, c] as matrices, one for each head of the batch.
template <class T>
class Heads {
 public:
  Heads(const Tensor& x, T* data) : x_(x), data_(data) {}
  Rows<T> operator[](std::int64_t head) const {
    if (!data_) return {};
    std::int64_t offset = 0;
    for (int axis = x_.rank() - 3; axis >= 0; --axis) {
      offset += head % x_.shape()[axis] * x_.strides()[axis];
      head /= x_.shape()[axis];
    }
    return {data_ + offset, x_.strides()[x_.rank() - 2]};
  }

 private:
  Tensor x_;
  T* data_;
};

template <class T>
Heads<const T> read(const Tensor& x) {
  return {x, x ? x.data<T>() : nullptr};
}
template <class T>
Heads<T> written(const Tensor& x) {
  return {x, x ? x.mutable_data<T>() : nullptr};
}

}  // namespace tutti::cpu
