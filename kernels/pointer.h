// Pointers to tensors' elements; null for tensors that were left out.
#pragma once

#include "tutti/tensor/tensor.h"

namespace tutti::cuda {

template <class T>
struct Pointer {
  static T* written(const Tensor& x) { return x ? x.mutable_data<T>() : nullptr; }
  static const T* read(const Tensor& x) { return x ? x.data<T>() : nullptr; }
};

}  // namespace tutti::cuda
