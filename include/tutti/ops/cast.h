// Changes of dtype, as a differentiable op, and how ops treat floats of several dtypes.
#pragma once

#include <initializer_list>
#include <optional>

#include "tutti/ops/op.h"

namespace tutti {

/// The gradient comes back in x's dtype.
struct Cast {
  static constexpr std::string_view name = "cast";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  Dtype to, from;
  Tensor forward(const Tensor& x) const { return x.to(to); }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {apply(Cast{from, to}, g)};
  }
};

/// x as `dtype`: 16-bit floats are rounded to the nearest, ties to even. A gradient passes between
/// float dtypes only.
template <Value V>
V cast(const V& x, Dtype dtype) {
  return x.dtype() == dtype ? x : apply(Cast{dtype, x.dtype()}, x);
}

/// Each of them.
template <Value V>
std::vector<V> cast(std::vector<V> values, Dtype dtype) {
  for (V& value : values) value = cast(value, dtype);
  return values;
}

/// The dtype in which values of `a` and of `b` meet: f32 where they are two of f32, f16 and bf16;
/// the float's where an integer meets it, rounded to the nearest, as in PyTorch; else a: f64 meets
/// no other float, and an integer dtype no other one, and ops raise an Error for them. So it is in
/// + - * /, maximum, minimum, where, comparisons and concat; and of floats in all that with_f32
/// computes. map(), functors of your own and products (as_product) take one dtype; only in an
/// Autocast do products take several.
constexpr Dtype promoted(Dtype a, Dtype b) {
  if (is_float(a) != is_float(b)) return is_float(a) ? a : b;
  return a != b && accumulator_of(a) == accumulator_of(b) ? Dtype::f32 : a;
}

/// f(a, b), both in the dtype in which they meet: a recorded cast, so that each gets its gradient
/// in its own.
template <class F, Value A, Value B>
auto promote(const F& f, const A& a, const B& b) {
  const Dtype x = tensor_of(a).dtype(), y = tensor_of(b).dtype(), both = promoted(x, y);
  if (x == y || both != promoted(y, x)) return f(a, b);
  return f(cast(a, both), cast(b, both));
}

namespace detail {

/// The dtype in which the floats among the tensors meet; the first one's where all are integers.
/// Error naming `who` where f64 and another are mixed.
Dtype common_dtype(std::string_view who, std::initializer_list<const Tensor*> tensors);
/// The dtype in which a product of these is given: Autocast's, or theirs. Error naming `who` where
/// they differ.
Dtype product_dtype(std::string_view who, std::initializer_list<const Tensor*> tensors);

template <class F, Value... V>
auto in_f32(Dtype result, const F& f, const V&... values) {
  auto to = [&](const auto& x, Dtype dtype) {
    const Tensor& value = tensor_of(x);
    return value && is_float(value.dtype()) ? cast(x, dtype) : x;
  };
  auto as_it_is = [&](const auto& x) {
    const Tensor& value = tensor_of(x);
    return !value || !is_float(value.dtype()) || value.dtype() == result;
  };
  if (size_of(result) != 2 && (as_it_is(values) && ...)) return f(values...);
  if (size_of(result) != 2) return f(to(values, result)...);
  return cast(f(to(to(values, result), Dtype::f32)...), result);
}

}  // namespace detail

/// f(values...), a value or a vector of some, in the dtype in which they meet (see promoted); where
/// that is f16 or bf16, f of the values in f32, rounded once. Empty values and those that are no
/// floats pass as they are. Error naming `who` where f64 and another float dtype are mixed.
template <class F, Value... V>
auto with_f32(std::string_view who, const F& f, const V&... values) {
  return detail::in_f32(detail::common_dtype(who, {&tensor_of(values)...}), f, values...);
}

/// The dtype of the innermost Autocast (autograd/autocast.h) of this thread; none where none lives.
std::optional<Dtype> autocast_dtype();

/// As with_f32, for products: within an Autocast, f32 and 16-bit floats are cast to its dtype
/// first. Error naming `who` where float dtypes differ otherwise.
template <class F, Value... V>
auto as_product(std::string_view who, const F& f, const V&... values) {
  return detail::in_f32(detail::product_dtype(who, {&tensor_of(values)...}), f, values...);
}

}  // namespace tutti
