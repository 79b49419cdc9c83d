// What an op is: a forward on tensors and a backward stated once for tensors and variables.
#pragma once

#include <concepts>
#include <string_view>
#include <vector>

#include "tutti/ops/map.h"
#include "tutti/ops/type_name.h"

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

/// The short form: a fixed number N of inputs and one output. It has
///   static constexpr std::string_view name;
///   static constexpr std::size_t inputs = N;
///   static constexpr bool saves_inputs;  // false: backward uses at most the inputs' shapes
///   Tensor forward(const Tensor&...) const;
///   std::array<V, N> backward(Needs<N>, const V& gradient, const std::array<V, N>& inputs) const;
/// backward is a template over the value type: on tensors it may call fused kernels, on variables
/// it is composed of ops, so that it can be differentiated again. Where a gradient is not needed it
/// leaves an empty V. When saves_inputs is false, inputs hold nothing.
template <class O>
concept Op = requires {
  { O::inputs } -> std::convertible_to<std::size_t>;
  { O::name } -> std::convertible_to<std::string_view>;
};

/// What forward of the general form says about its backward: which values that will read. Asking
/// for none keeps none.
class Saving {
 public:
  explicit Saving(bool wanted) : wanted_(wanted) {}
  /// False where no backward follows: what only backward reads need not be computed.
  bool wanted() const { return wanted_; }
  void input(std::size_t i) { inputs |= std::uint64_t{1} << i; }
  void output(std::size_t i) { outputs |= std::uint64_t{1} << i; }
  /// A tensor of the op's own, as a norm's rstd or the places of a maximum.
  void tensor(Tensor value) {
    if (wanted_) tensors.push_back(std::move(value));
  }

  std::uint64_t inputs = 0, outputs = 0;  ///< a bit each; at most 64 can be saved
  std::vector<Tensor> tensors;

 private:
  bool wanted_;
};

/// What backward of the general form reads and gives. Values that were not saved, inputs that were
/// left out and gradients of outputs that nothing used are empty.
template <class V>
struct Pass {
  std::span<const V> gradients;     ///< of the outputs
  std::span<const V> inputs;        ///< those that were saved
  std::span<const V> outputs;       ///< those that were saved
  std::span<const Tensor> tensors;  ///< the op's own, in the order saved; constants
  std::span<const bool> needs;      ///< by input
  std::span<V> results;             ///< by input: its gradient where needs, in its shape
};

/// The general form: any number of inputs, of which some may be empty (an optional bias), and of
/// outputs. It has
///   static constexpr std::string_view name;
///   std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> inputs) const;
///   void backward(Pass<V>& pass) const;  // a template over V, as in the short form
template <class O>
concept GeneralOp = !Op<O> && requires(const O& op, Saving& saving, std::span<const Tensor> in) {
  { O::name } -> std::convertible_to<std::string_view>;
  { op.forward(saving, in) } -> std::same_as<std::vector<Tensor>>;
};

template <Op O, class... Tensors>
requires(std::same_as<Tensors, Tensor>&&...) Tensor apply(const O& op, const Tensors&... inputs) {
  static_assert(sizeof...(Tensors) == O::inputs);
  return op.forward(inputs...);
}

/// Runs an op of the general form; with variables it is recorded when gradients are wanted.
template <GeneralOp O>
std::vector<Tensor> apply_list(const O& op, const std::vector<Tensor>& inputs) {
  Saving none(false);
  return op.forward(none, inputs);
}

/// The value's tensor, whatever wraps it; empty for an empty value.
inline const Tensor& tensor_of(const Tensor& x) {
  return x;
}
const Tensor& tensor_of(const Value auto& x) {
  static const Tensor empty;
  return x ? x.value() : empty;
}

/// x as a V; empty where x is, as an optional input may be.
template <Value V>
V value_as(const Value auto& x) {
  return x ? V(x) : V();
}

/// Sums x over the axes that broadcasting from `shape` added or stretched.
template <Value V>
V sum_to(const V& x, const Shape& shape);

/// An elementwise functor as an op: its derivatives come from dual numbers.
template <class F, std::size_t N>
struct MapOp {
  static constexpr std::string_view name = type_name<F>();
  static constexpr std::size_t inputs = N;
  static constexpr bool saves_inputs = true;
  F f;

  template <class... Tensors>
  Tensor forward(const Tensors&... x) const {
    return map_for(name, f, x...);
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
          raise(name, ": found a fourth derivative, expected at most three");
        },
        x);
  }
};

/// f on each element; see map(). On variables it is recorded and differentiable three times.
template <class F, Value... V>
requires(!Op<F> && !GeneralOp<F>) auto apply(const F& f, const V&... x) {
  return apply(MapOp<F, sizeof...(V)>{f}, x...);
}

}  // namespace tutti
