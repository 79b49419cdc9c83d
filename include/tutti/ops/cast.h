// Changes of dtype, as a differentiable op, and ops that compute 16-bit floats in f32.
#pragma once

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

/// f(values...), whose result keeps their dtype; where that is f16 or bf16, f of the values in f32,
/// rounded once. Empty values and those that are no floats pass as they are. Error naming `who`
/// where float dtypes differ.
template <class F, Value First, Value... Rest>
auto with_f32(std::string_view who, const F& f, const First& first, const Rest&... rest) {
  const Dtype dtype = tensor_of(first).dtype();
  if (size_of(dtype) != 2) return f(first, rest...);
  auto widened = [&]<class V>(const V& x) -> V {
    const Tensor& value = tensor_of(x);
    if (!value || !is_float(value.dtype())) return x;
    if (value.dtype() != dtype)
      raise(who, ": found dtypes ", dtype, " and ", value.dtype(),
            ", expected one; convert with cast()");
    return cast(x, Dtype::f32);
  };
  return cast(f(widened(first), widened(rest)...), dtype);
}

}  // namespace tutti
