// What an op is: a forward on tensors and a backward stated once for tensors and variables.
#pragma once

#include <concepts>

#include "tutti/ops/map.h"

namespace tutti {

/// A Tensor, or what autograd wraps round one.
template <class V>
concept Value = std::same_as<V, Tensor> || requires(const V& v) {
  { v.value() } -> std::convertible_to<Tensor>;
  v.requires_grad();
};

/// Which inputs' gradients are wanted.
template <std::size_t N>
using Needs = std::array<bool, N>;

/// A differentiable op with N inputs and one output. It has
///   static constexpr const char* name;
///   static constexpr std::size_t inputs;
///   static constexpr bool saves_inputs;  // false: backward uses at most the inputs' shapes
///   Tensor forward(const Tensor&...) const;
///   std::array<V, N> backward(Needs<N>, const V& gradient, const std::array<V, N>& inputs) const;
/// backward is a template over the value type: on tensors it may call fused kernels, on variables
/// it is composed of ops, so that it can be differentiated again. Where a gradient is not needed it
/// leaves an empty V. When saves_inputs is false, inputs hold nothing.
template <class O>
concept Op = requires {
  { O::inputs } -> std::convertible_to<std::size_t>;
  { O::name } -> std::convertible_to<const char*>;
};

template <Op O, class... Tensors>
requires(std::same_as<Tensors, Tensor>&&...) Tensor apply(const O& op, const Tensors&... inputs) {
  static_assert(sizeof...(Tensors) == O::inputs);
  return op.forward(inputs...);
}

/// Sums x over the axes that broadcasting from `shape` added or stretched.
template <Value V>
V sum_to(const V& x, const Shape& shape);

/// An elementwise functor as an op: its derivatives come from dual numbers.
template <class F, std::size_t N>
struct MapOp {
  static constexpr const char* name = "map";
  static constexpr std::size_t inputs = N;
  static constexpr bool saves_inputs = true;
  F f;

  template <class... Tensors>
  Tensor forward(const Tensors&... x) const {
    return map(f, x...);
  }

  template <class V>
  std::array<V, N> backward(Needs<N> needs, const V& g, const std::array<V, N>& x) const {
    return backward(needs, g, x, std::make_integer_sequence<int, N>{});
  }

 private:
  template <class V, int... I>
  std::array<V, N> backward(Needs<N> needs, const V& g, const std::array<V, N>& x,
                            std::integer_sequence<int, I...>) const {
    return {(needs[I] ? sum_to(pull<I>(g, x), x[I].shape()) : V())...};
  }
  template <int K, class V>
  V pull(const V& g, const std::array<V, N>& x) const {
    return std::apply(
        [&](const auto&... each) -> V {
          if constexpr (std::same_as<V, Tensor>) {
            if constexpr (derivative_order<F> < 3) return map(Pull<F, K>{f}, g, each...);
          } else {
            if constexpr (derivative_order<F> < 3)
              return g * apply(MapOp<Partial<F, K>, N>{{f}}, each...);
          }
          raise(
              "map: found a fourth derivative of an elementwise function, expected at most three");
        },
        x);
  }
};

/// f on each element; see map(). On variables it is recorded and differentiable three times.
template <class F, Value... V>
requires(!Op<F>) auto apply(const F& f, const V&... x) {
  return apply(MapOp<F, sizeof...(V)>{f}, x...);
}

}  // namespace tutti
