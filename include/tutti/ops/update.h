// An elementwise functor that changes tensors in place: optimizer steps, accumulation.
#pragma once

#include "tutti/ops/map.h"

namespace tutti {

template <class F, std::size_t N>
void builtin_update(CpuStream, const F& f, const std::array<Tensor, N>& tensors);
template <class F, std::size_t N>
void builtin_update(CudaStream, const F& f, const std::array<Tensor, N>& tensors);

namespace detail {

template <class F, std::size_t K, std::size_t... I>
constexpr bool writes(std::index_sequence<I...>) {
  using Const = const float&;
  return sizeof...(I) == 1 ||
         !std::is_invocable_v<const F&, std::conditional_t<I == K, Const, float&>...>;
}

template <class F, std::size_t... K>
constexpr std::array<bool, sizeof...(K)> writes_each(std::index_sequence<K...> all) {
  return {writes<F, K>(all)...};
}

}  // namespace detail

/// Which of its N numbers does F change? Not those that it takes by value.
template <class F, std::size_t N>
inline constexpr std::array<bool, N> written =
    detail::writes_each<F>(std::make_index_sequence<N>{});

/// The memory of the tensors; asks for writing where F writes.
template <class F, std::size_t N>
std::array<void*, N> updated_memory(const std::array<Tensor, N>& tensors) {
  std::array<void*, N> memory;
  for (std::size_t k = 0; k < N; ++k)
    memory[k] = written<F, N>[k] ? tensors[k].mutable_raw() : const_cast<void*>(tensors[k].raw());
  return memory;
}

inline namespace TUTTI_ISA {

template <class F, class T, std::size_t... I>
void update_lanes(const F& f, const std::array<T*, sizeof...(I)>& x, std::index_sequence<I...>) {
#pragma omp simd
  for (int i = 0; i < lanes; ++i) f(x[I][i]...);
}

template <class T, class F, std::size_t N>
void update_loop(const F& f, const std::array<Tensor, N>& tensors) {
  const std::int64_t count = tensors[0].count();
  const std::array<void*, N> memory = updated_memory<F>(tensors);
  parallel_for((count + task_elements - 1) / task_elements, [&](std::int64_t task, int) {
    alignas(64) T staged[N][lanes];
    std::int64_t end = std::min(count, (task + 1) * task_elements);
    for (std::int64_t begin = task * task_elements; begin < end; begin += lanes) {
      int here = static_cast<int>(std::min<std::int64_t>(lanes, end - begin));
      std::array<T*, N> x;
      for (std::size_t k = 0; k < N; ++k) {
        x[k] = static_cast<T*>(memory[k]) + begin;
        if (here == lanes && tensors[k].dtype() == dtype_of<T>()) continue;
        x[k] = staged[k];
        load_lanes(x[k], here, memory[k], tensors[k].dtype(), begin);
      }
      update_lanes(f, x, std::make_index_sequence<N>{});
      for (std::size_t k = 0; k < N; ++k)
        if (x[k] == staged[k] && written<F, N>[k])
          store_lanes(x[k], here, memory[k], tensors[k].dtype(), begin);
    }
  });
}

}  // namespace TUTTI_ISA

/// Error unless update() takes them.
void require_updatable(std::span<const Tensor> tensors);

/// Calls f(x0[i], x1[i], ...) by reference for each element; what f takes by value is only read.
/// Tensors are dense, of one shape, on one device, and do not overlap; either all are f64, or f
/// computes in float and each is f32, f16 or bf16, the last two rounded once. F is one of
/// builtin.def's TUTTI_UPDATE lines.
template <class F, class... Tensors>
requires(std::is_same_v<Tensors, Tensor>&&...) void update(const F& f, const Tensor& first,
                                                           const Tensors&... rest) {
  static_assert(is_builtin<F>, "update() takes functors listed in ops/builtin.def");
  std::array<Tensor, 1 + sizeof...(Tensors)> tensors{first, rest...};
  require_updatable(tensors);
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

/// to moves towards from by this share of the way.
struct Blend {
  double share;
  template <class T>
  TUTTI_HD void operator()(T& to, T from) const {
    to += static_cast<T>(share) * (from - to);
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
