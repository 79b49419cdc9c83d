// Bounds, and the larger or smaller of two values. Any float dtype; those two of integers, too. NaN
// stays NaN.
#pragma once

#include "tutti/ops/arithmetic.h"

namespace tutti {

struct Clamp {
  double lo, hi;
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return select(x < lo, T(lo), select(x > hi, T(hi), x));
  }
};
struct Maximum {
  template <class T>
  TUTTI_HD T operator()(T a, T b) const {
    return select(a >= b, a, select(a < b, b, a + b));  // a + b where one is NaN
  }
};
struct Minimum {
  template <class T>
  TUTTI_HD T operator()(T a, T b) const {
    return select(a <= b, a, select(a > b, b, a + b));
  }
};
/// a's share of the gradient of the maximum of a and b: 1 where a wins, half of it in a tie.
struct WinnersShare {
  template <class T>
  TUTTI_HD T operator()(T a, T b) const {
    return select(a > b, T(1), select(a < b, T(0), T(0.5)));
  }
};

template <bool minimum>
struct ExtremumOp {
  static constexpr std::string_view name = minimum ? "minimum" : "maximum";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = true;
  Tensor forward(const Tensor& a, const Tensor& b) const {
    if (is_integer(a)) return integers(minimum ? IntegerOp::minimum : IntegerOp::maximum, a, b);
    return map_for(name, std::conditional_t<minimum, Minimum, Maximum>{}, a, b);
  }
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>& x) const {
    auto pull = [&](std::size_t mine) {
      const Tensor &a = tensor_of(x[mine]), &b = tensor_of(x[1 - mine]);
      Tensor share = minimum ? map(WinnersShare{}, b, a) : map(WinnersShare{}, a, b);
      return sum_to(g * V(share), a.shape());
    };
    return {needs[0] ? pull(0) : V(), needs[1] ? pull(1) : V()};
  }
};

/// x with lo where it is less, and hi where it is more. The gradient passes where lo <= x <= hi.
auto clamp(const Value auto& x, double lo, double hi) {
  if (!(lo <= hi)) raise("clamp: found bounds ", lo, " and ", hi, ", expected lo <= hi");
  return apply(Clamp{lo, hi}, x);
}

/// The larger of a and b, which broadcast. Where both are equal the gradient goes to each in half.
template <Value A, Value B>
auto maximum(const A& a, const B& b) {
  return promote([](const auto& x, const auto& y) { return apply(ExtremumOp<false>{}, x, y); }, a,
                 b);
}

/// The smaller of a and b, as maximum().
template <Value A, Value B>
auto minimum(const A& a, const B& b) {
  return promote([](const auto& x, const auto& y) { return apply(ExtremumOp<true>{}, x, y); }, a,
                 b);
}

}  // namespace tutti
