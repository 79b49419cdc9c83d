// + - * / between values, which broadcast, and between a value and a number. Of dtypes that meet
// (see promoted): floats, a float and an integer, or for + - * two of one integer dtype, see
// integer.h. Integers divide by cast(x, Dtype::f32) / y or by floor_divide(x, y).
#pragma once

#include "tutti/ops/cast.h"
#include "tutti/ops/integer.h"
#include "tutti/ops/view.h"

namespace tutti {

struct Add {
  template <class T>
  TUTTI_HD T operator()(T a, T b) const {
    return a + b;
  }
};
struct Subtract {
  template <class T>
  TUTTI_HD T operator()(T a, T b) const {
    return a - b;
  }
};
struct Multiply {
  template <class T>
  TUTTI_HD T operator()(T a, T b) const {
    return a * b;
  }
};
struct Divide {
  template <class T>
  TUTTI_HD T operator()(T a, T b) const {
    return a / b;
  }
};
/// scale * x + shift.
struct Affine {
  double scale, shift;
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return scale * x + shift;
  }
};
/// x / divisor, both in the precision of x, rounded once.
struct DivideByNumber {
  double divisor;
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return x / divisor;
  }
};
/// 1 where a == b, else 0, in the dtype of both: a weight. Conditions come from compare.h.
struct Equal {
  template <class T>
  TUTTI_HD T operator()(T a, T b) const {
    return select(a <= b, select(a >= b, T(1), T(0)), T(0));
  }
};

/// a + factor * b with factor 1 or -1: saves no input.
struct AddOp {
  static constexpr std::string_view name = "add";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = false;
  bool subtract;
  Shape a_shape, b_shape;
  Tensor forward(const Tensor& a, const Tensor& b) const {
    if (is_integer(a)) return integers(subtract ? IntegerOp::subtract : IntegerOp::add, a, b);
    return subtract ? map_for("subtract", Subtract{}, a, b) : map_for(name, Add{}, a, b);
  }
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>&) const {
    return {needs[0] ? sum_to(g, a_shape) : V(),
            needs[1] ? sum_to(subtract ? -g : g, b_shape) : V()};
  }
};

struct MultiplyOp {
  static constexpr std::string_view name = "multiply";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = true;
  Tensor forward(const Tensor& a, const Tensor& b) const {
    return is_integer(a) ? integers(IntegerOp::multiply, a, b) : map_for(name, Multiply{}, a, b);
  }
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>& x) const {
    return {needs[0] ? sum_to(g * x[1], x[0].shape()) : V(),
            needs[1] ? sum_to(g * x[0], x[1].shape()) : V()};
  }
};

struct DivideOp {
  static constexpr std::string_view name = "divide";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = true;
  Tensor forward(const Tensor& a, const Tensor& b) const { return map_for(name, Divide{}, a, b); }
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>& x) const {
    V scaled = g / x[1];
    return {needs[0] ? sum_to(scaled, x[0].shape()) : V(),
            needs[1] ? sum_to(-(scaled * (x[0] / x[1])), x[1].shape()) : V()};
  }
};

struct AffineOp {
  static constexpr std::string_view name = "affine";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  Affine f;
  Tensor forward(const Tensor& x) const {
    return is_integer(x) ? integer_affine(x, f.scale, f.shift) : map_for(name, f, x);
  }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {apply(AffineOp{{f.scale, -0.0}}, g)};
  }
};

struct DivideByNumberOp {
  static constexpr std::string_view name = "divide";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  DivideByNumber f;
  Tensor forward(const Tensor& x) const { return map_for(name, f, x); }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {apply(DivideByNumberOp{f}, g)};
  }
};

template <Value A, Value B>
auto operator+(const A& a, const B& b) {
  return promote(
      [](const auto& x, const auto& y) {
        return apply(AddOp{false, x.shape(), y.shape()}, x, y);
      },
      a, b);
}
template <Value A, Value B>
auto operator-(const A& a, const B& b) {
  return promote(
      [](const auto& x, const auto& y) {
        return apply(AddOp{true, x.shape(), y.shape()}, x, y);
      },
      a, b);
}
template <Value A, Value B>
auto operator*(const A& a, const B& b) {
  return promote([](const auto& x, const auto& y) { return apply(MultiplyOp{}, x, y); }, a, b);
}
template <Value A, Value B>
auto operator/(const A& a, const B& b) {
  return promote([](const auto& x, const auto& y) { return apply(DivideOp{}, x, y); }, a, b);
}

auto operator+(const Value auto& x, double shift) {
  return apply(AffineOp{{1, shift}}, x);
}
auto operator+(double shift, const Value auto& x) {
  return x + shift;
}
auto operator-(const Value auto& x, double shift) {
  return x + -shift;
}
auto operator-(double shift, const Value auto& x) {
  return apply(AffineOp{{-1, shift}}, x);
}
auto operator*(const Value auto& x, double scale) {
  return apply(AffineOp{{scale, -0.0}}, x);  // adding -0 keeps the sign of a zero
}
auto operator*(double scale, const Value auto& x) {
  return x * scale;
}
auto operator/(const Value auto& x, double divisor) {
  return apply(DivideByNumberOp{{divisor}}, x);
}
/// The number is rounded to x's dtype first.
auto operator/(double number, const Value auto& x) {
  return Tensor::full({}, number, x.dtype(), x.device()) / x;
}
auto operator-(const Value auto& x) {
  return x * -1.0;
}

// The handle on the left is bound to the result; what it was bound to is not written, so that
// neither other handles nor what was saved for backward notices.
template <Value A, class B>
A& operator+=(A& a, const B& b) {
  return a = a + b;
}
template <Value A, class B>
A& operator-=(A& a, const B& b) {
  return a = a - b;
}
template <Value A, class B>
A& operator*=(A& a, const B& b) {
  return a = a * b;
}
template <Value A, class B>
A& operator/=(A& a, const B& b) {
  return a = a / b;
}

}  // namespace tutti
