// One kernel for an elementwise functor.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "tutti/base/axes.h"
#include "tutti/cuda/element.h"
#include "tutti/cuda/grid.h"
#include "tutti/ops/map.h"

/// Defines the CUDA kernels of a functor of your own, in a .cu file that includes the header with
/// its TUTTI_DECLARE_CUDA_MAP. To be written outside every namespace.
#define TUTTI_CUDA_MAP(F, inputs)                                                                 \
  template <>                                                                                     \
  void tutti::user_map<F, inputs>(tutti::CudaStream stream, const F& f, const tutti::Tensor& out, \
                                  const std::array<tutti::Tensor, inputs>& in) {                  \
    tutti::visit_float(tutti::accumulator_of(out.dtype()), "map", [&]<class T>() {                \
      tutti::cuda::launch_elementwise<T>(stream, f, out, in);                                     \
    });                                                                                           \
  }

namespace tutti::cuda {

template <class T, class F, std::size_t N>
struct Elementwise {
  F f;
  Elements<T> out;
  Elements<T> in[N];
  Axes<N> axes;

  __device__ void operator()(std::int64_t i) const {
    out.store(i, call(axes.offsets(i), std::make_index_sequence<N>{}));
  }

 private:
  template <std::size_t... K>
  __device__ T call(const typename Axes<N>::Offsets& offsets, std::index_sequence<K...>) const {
    return f(Real<T>(in[K].load(offsets.at[K]))...).v;
  }
};

/// out = f(inputs...), all of one dtype, which T computes with. The inputs have been expanded to
/// out's shape; out is dense and may be one of them. f is copied to the device byte for byte.
template <class T, class F, std::size_t N>
void launch_elementwise(CudaStream stream, const F& f, const Tensor& out,
                        const std::array<Tensor, N>& inputs) {
  std::array<Shape, N> strides;
  for (std::size_t k = 0; k < N; ++k) strides[k] = inputs[k].strides();
  Elementwise<T, F, N> kernel{
      f, {out.mutable_raw(), out.dtype()}, {}, Axes<N>(out.shape(), strides)};
  for (std::size_t k = 0; k < N; ++k)
    kernel.in[k] = {const_cast<void*>(inputs[k].raw()), inputs[k].dtype()};
  for_each("map", stream, out.count(), kernel);
}

}  // namespace tutti::cuda
