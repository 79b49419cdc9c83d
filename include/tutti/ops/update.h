// An elementwise functor that changes tensors in place: optimizer steps, accumulation.
#pragma once

#include "tutti/ops/map.h"

namespace tutti {

template <class F, std::size_t N>
void builtin_update(CpuStream, const F& f, const std::array<Tensor, N>& tensors);
template <class F, std::size_t N>
void builtin_update(CudaStream, const F& f, const std::array<Tensor, N>& tensors);

inline namespace TUTTI_ISA {

template <class F, class T, std::size_t... I>
void update_lanes(const F& f, const std::array<T*, sizeof...(I)>& x, std::index_sequence<I...>) {
#pragma omp simd
  for (int i = 0; i < lanes; ++i) f(x[I][i]...);
}

template <class T, class F, std::size_t N>
void update_loop(const F& f, const std::array<Tensor, N>& tensors) {
  std::int64_t count = tensors[0].count();
  std::array<T*, N> all;
  for (std::size_t k = 0; k < N; ++k) all[k] = static_cast<T*>(tensors[k].mutable_raw());
  parallel_for((count + task_elements - 1) / task_elements, [&](std::int64_t task, int) {
    alignas(64) T staged[N][lanes];
    std::int64_t end = std::min(count, (task + 1) * task_elements);
    for (std::int64_t begin = task * task_elements; begin < end; begin += lanes) {
      int here = static_cast<int>(std::min<std::int64_t>(lanes, end - begin));
      std::array<T*, N> x;
      for (std::size_t k = 0; k < N; ++k) {
        x[k] = all[k] + begin;
        if (here == lanes) continue;
        std::copy(x[k], x[k] + here, staged[k]);
        std::fill(staged[k] + here, staged[k] + lanes, T(1));
        x[k] = staged[k];
      }
      update_lanes(f, x, std::make_index_sequence<N>{});
      if (here == lanes) continue;
      for (std::size_t k = 0; k < N; ++k) std::copy(staged[k], staged[k] + here, all[k] + begin);
    }
  });
}

}  // namespace TUTTI_ISA

/// Calls f(x0[i], x1[i], ...) by reference for each element. Tensors are dense, of one shape, one
/// float dtype and one device, and do not overlap. F is one of builtin.def's TUTTI_UPDATE lines.
template <class F, class... Tensors>
requires(std::is_same_v<Tensors, Tensor>&&...) void update(const F& f, const Tensor& first,
                                                           const Tensors&... rest) {
  static_assert(is_builtin<F>, "update() takes functors listed in ops/builtin.def");
  std::array<Tensor, 1 + sizeof...(Tensors)> tensors{first, rest...};
  require_alike(tensors, "update");
  for (const Tensor& tensor : tensors)
    if (tensor.shape() != first.shape() || !tensor.is_dense())
      raise("update: found shapes ", first.shape(), " and ", tensor.shape(), " with strides ",
            tensor.strides(), ", expected dense tensors of one shape");
  if (first.count() == 0) return;
  first.device().dispatch([&](auto stream) { builtin_update(stream, f, tensors); });
}

/// to = scale * from.
struct Store {
  double scale;
  template <class T>
  TUTTI_HD void operator()(T& to, T from) const {
    to = static_cast<T>(scale) * from;
  }
};

/// to += scale * from.
struct Accumulate {
  double scale;
  template <class T>
  TUTTI_HD void operator()(T& to, T from) const {
    to += static_cast<T>(scale) * from;
  }
};

/// x *= scale.
struct Scale {
  double scale;
  template <class T>
  TUTTI_HD void operator()(T& x) const {
    x *= static_cast<T>(scale);
  }
};

/// x /= divisor.
struct DivideBy {
  double divisor;
  template <class T>
  TUTTI_HD void operator()(T& x) const {
    x /= static_cast<T>(divisor);
  }
};

}  // namespace tutti
