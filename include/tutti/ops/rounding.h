// Functions that jump: their gradient is 0 wherever they have one. Any float dtype.
#pragma once

#include "tutti/ops/op.h"

namespace tutti {

/// 1, -1, or x itself where it is 0 or NaN.
struct Sign {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return select(x > 0, T(1), select(x < 0, T(-1), x));
  }
};
struct Floor {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return floor(x);
  }
};
struct Ceil {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return ceil(x);
  }
};
struct Round {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return rint(x);
  }
};

template <class F>
struct JumpOp {
  static constexpr std::string_view name = type_name<F>();
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  Tensor forward(const Tensor& x) const { return map_for(name, F{}, x); }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {V(Tensor::full_like(tensor_of(g), 0))};
  }
};

/// 1 where x > 0, -1 where x < 0; 0, -0 and NaN stay.
auto sign(const Value auto& x) {
  return apply(JumpOp<Sign>{}, x);
}
/// The largest whole number that is at most x.
auto floor(const Value auto& x) {
  return apply(JumpOp<Floor>{}, x);
}
/// The smallest whole number that is at least x.
auto ceil(const Value auto& x) {
  return apply(JumpOp<Ceil>{}, x);
}
/// The nearest whole number, halves to the even one.
auto round(const Value auto& x) {
  return apply(JumpOp<Round>{}, x);
}

}  // namespace tutti
