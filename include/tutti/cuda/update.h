// One kernel for an elementwise functor that changes tensors in place.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "tutti/cuda/grid.h"
#include "tutti/tensor/tensor.h"

namespace tutti::cuda {

template <class T, class F, std::size_t N>
struct InPlace {
  F f;
  T* x[N];

  __device__ void operator()(std::int64_t i) const { call(i, std::make_index_sequence<N>{}); }

 private:
  template <std::size_t... K>
  __device__ void call(std::int64_t i, std::index_sequence<K...>) const {
    f(x[K][i]...);
  }
};

/// f(tensors[0][i], ...) by reference. All dense, of one shape and of dtype T; they do not overlap.
template <class T, class F, std::size_t N>
void launch_update(CudaStream stream, const F& f, const std::array<Tensor, N>& tensors) {
  InPlace<T, F, N> kernel{f, {}};
  for (std::size_t k = 0; k < N; ++k) kernel.x[k] = tensors[k].template mutable_data<T>();
  for_each("update", stream, tensors[0].count(), kernel);
}

}  // namespace tutti::cuda
