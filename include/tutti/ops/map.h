// One elementwise expression, run over tensors: vectorised on the CPU, one kernel on CUDA.
#pragma once

#include <array>
#include <typeinfo>

#include "tutti/base/parallel_for.h"
#include "tutti/ops/dual.h"
#include "tutti/ops/staging.h"

namespace tutti {

/// Is F compiled once, in lib and kernels, and not where it is used? See builtin.def.
template <class F>
inline constexpr bool is_builtin = false;
template <class F, int I>
inline constexpr bool is_builtin<Partial<F, I>> = is_builtin<F>;
template <class F, int I>
inline constexpr bool is_builtin<Pull<F, I>> = is_builtin<F>;

#define TUTTI_UNARY(F) \
  struct F;            \
  template <>          \
  inline constexpr bool is_builtin<F> = true;
#define TUTTI_PLAIN(F, inputs) TUTTI_UNARY(F)
#define TUTTI_UPDATE(F, tensors) TUTTI_UNARY(F)
#include "tutti/ops/builtin.def"
#undef TUTTI_UNARY
#undef TUTTI_PLAIN
#undef TUTTI_UPDATE

/// Error unless all are of one float dtype and on one device.
void require_alike(std::span<const Tensor> tensors, std::string_view who);

/// Broadcasts a map's inputs and gives the result's memory. Errors name `who`.
Tensor prepare_map(std::span<Tensor> inputs, std::string_view who);

// Built-in functors: instantiated in lib/cpu/elementwise.cpp and kernels/elementwise.cu.
template <class F, std::size_t N>
void builtin_map(CpuStream, const F& f, const Tensor& out, const std::array<Tensor, N>& inputs);
template <class F, std::size_t N>
void builtin_map(CudaStream, const F& f, const Tensor& out, const std::array<Tensor, N>& inputs);

/// What a functor of your own needs to run on CUDA: put TUTTI_CUDA_MAP(F, inputs) from
/// tutti/cuda/map.h into a .cu file, and TUTTI_DECLARE_CUDA_MAP(F, inputs); behind F's definition.
template <class F, std::size_t N>
void user_map(CudaStream, const F&, const Tensor&, const std::array<Tensor, N>&) {
  raise("map: the functor ", typeid(F).name(),
        " has no CUDA kernel; declare it with TUTTI_DECLARE_CUDA_MAP and define it with "
        "TUTTI_CUDA_MAP in a .cu file, or use CPU tensors");
}
#define TUTTI_DECLARE_CUDA_MAP(F, inputs)                                            \
  template <>                                                                        \
  void tutti::user_map<F, inputs>(tutti::CudaStream, const F&, const tutti::Tensor&, \
                                  const std::array<tutti::Tensor, inputs>&)

inline namespace TUTTI_ISA {

template <class F, class T, std::size_t... I>
void map_lanes(const F& f, const std::array<const T*, sizeof...(I)>& in, T* out,
               std::index_sequence<I...>) {
#pragma omp simd
  for (int i = 0; i < lanes; ++i) out[i] = f(Real<T>(in[I][i])...).v;
}

template <class T, std::size_t... I>
std::array<Reader<T>, sizeof...(I)> readers_of(const std::array<Tensor, sizeof...(I)>& inputs,
                                               std::int64_t begin, std::index_sequence<I...>) {
  return {Reader<T>(inputs[I], begin)...};
}

/// out = f(inputs...), computed in T; inputs have been expanded to out's shape, out is dense.
template <class T, class F, std::size_t N>
void map_loop(const F& f, const Tensor& out, const std::array<Tensor, N>& inputs) {
  const std::int64_t count = out.count();
  const bool plain = out.dtype() == dtype_of<T>();
  void* const to = out.mutable_raw();
  parallel_for((count + task_elements - 1) / task_elements, [&](std::int64_t task, int) {
    const std::int64_t first = task * task_elements, end = std::min(count, first + task_elements);
    auto readers = readers_of<T>(inputs, first, std::make_index_sequence<N>{});
    alignas(64) T result[lanes];
    for (std::int64_t begin = first; begin < end; begin += lanes) {
      const int here = static_cast<int>(std::min<std::int64_t>(lanes, end - begin));
      std::array<const T*, N> in;
      for (std::size_t k = 0; k < N; ++k) in[k] = readers[k].next(here);
      T* place = plain && here == lanes ? static_cast<T*>(to) + begin : result;
      map_lanes(f, in, place, std::make_index_sequence<N>{});
      if (place == result) store_lanes(result, here, to, out.dtype(), begin);
    }
  });
}

template <class F, std::size_t N>
void user_map(CpuStream, const F& f, const Tensor& out, const std::array<Tensor, N>& inputs) {
  visit_float(accumulator_of(out.dtype()), "map", [&]<class T>() { map_loop<T>(f, out, inputs); });
}

}  // namespace TUTTI_ISA

/// map(), whose Errors name `who`: an op, as its users call it.
template <class F, class... Tensors>
requires(std::is_same_v<Tensors, Tensor>&&...) Tensor
    map_for(std::string_view who, const F& f, const Tensor& first, const Tensors&... rest) {
  constexpr std::size_t n = 1 + sizeof...(Tensors);
  std::array<Tensor, n> inputs{first, rest...};
  const Tensor out = prepare_map(inputs, who);
  if (out.count() == 0) return out;
  out.device().dispatch([&](auto stream) {
    if constexpr (is_builtin<F>)
      builtin_map(stream, f, out, inputs);
    else
      user_map(stream, f, out, inputs);
  });
  return out;
}

/// f applied to each element of the inputs, which broadcast: f is called with Real<double> for f64
/// and else with Real<float>, and must be a pure function. Inputs are of one float dtype, on one
/// device; the result is dense, has their broadcast shape and their dtype, rounded once.
template <class F, class... Tensors>
requires(std::is_same_v<Tensors, Tensor>&&...) Tensor
    map(const F& f, const Tensor& first, const Tensors&... rest) {
  return map_for("map", f, first, rest...);
}

}  // namespace tutti
