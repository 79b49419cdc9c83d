// One kernel for an elementwise functor that changes tensors in place.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "tutti/cuda/element.h"
#include "tutti/cuda/grid.h"
#include "tutti/ops/update.h"

namespace tutti::cuda {

template <class T, class F, std::size_t N>
struct InPlace {
  F f;
  Elements<T> x[N];

  __device__ void operator()(std::int64_t i) const { call(i, std::make_index_sequence<N>{}); }

 private:
  template <std::size_t... K>
  __device__ void call(std::int64_t i, std::index_sequence<K...>) const {
    T value[] = {x[K].load(i)...};
    f(value[K]...);
    (put<K>(i, value[K]), ...);
  }
  template <std::size_t K>
  __device__ void put(std::int64_t i, T value) const {
    if constexpr (written<F, N>[K]) x[K].store(i, value);
  }
};

/// f(tensors[0][i], ...) by reference. All dense, of one shape, computed in T; they do not overlap.
template <class T, class F, std::size_t N>
void launch_update(CudaStream stream, const F& f, const std::array<Tensor, N>& tensors) {
  InPlace<T, F, N> kernel{f, {}};
  const std::array<void*, N> memory = updated_memory<F>(tensors);
  for (std::size_t k = 0; k < N; ++k) kernel.x[k] = {memory[k], tensors[k].dtype()};
  for_each("update", stream, tensors[0].count(), kernel);
}

}  // namespace tutti::cuda
