// Changes of dtype, as a differentiable op.
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

}  // namespace tutti
