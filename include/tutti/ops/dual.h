// Forward-mode derivatives: a number with its derivative along one direction.
#pragma once

#include <utility>

#include "tutti/ops/real.h"

namespace tutti {

/// value + tangent * epsilon with epsilon^2 = 0; T is Real or again Dual, for higher derivatives.
/// Source: Griewank, Walther: Evaluating Derivatives, 2nd ed., SIAM 2008, section 3.1.
template <class T>
struct Dual {
  T value;
  T tangent;

  Dual() = default;
  TUTTI_HD constexpr Dual(T v, T t) : value(v), tangent(t) {}
  template <class Number>
  requires std::is_arithmetic_v<Number> TUTTI_HD constexpr Dual(Number number)
      : value(number), tangent(0) {}

  /// As Real's: what std::tanh(x) would convert to.
  template <class Number>
  requires(TUTTI_IDLE_CONVERSIONS&& std::is_same_v<Number, double>) operator Number() const {
    return static_cast<Number>(value);
  }

  TUTTI_HD friend constexpr Dual operator+(Dual a, Dual b) {
    return {a.value + b.value, a.tangent + b.tangent};
  }
  TUTTI_HD friend constexpr Dual operator-(Dual a, Dual b) {
    return {a.value - b.value, a.tangent - b.tangent};
  }
  TUTTI_HD friend constexpr Dual operator*(Dual a, Dual b) {
    return {a.value * b.value, a.tangent * b.value + a.value * b.tangent};
  }
  TUTTI_HD friend constexpr Dual operator/(Dual a, Dual b) {
    T quotient = a.value / b.value;
    return {quotient, (a.tangent - quotient * b.tangent) / b.value};
  }
  TUTTI_HD friend constexpr Dual operator-(Dual a) { return {-a.value, -a.tangent}; }
  TUTTI_HD friend constexpr bool operator<(Dual a, Dual b) { return a.value < b.value; }
  TUTTI_HD friend constexpr bool operator>(Dual a, Dual b) { return a.value > b.value; }
  TUTTI_HD friend constexpr bool operator<=(Dual a, Dual b) { return a.value <= b.value; }
  TUTTI_HD friend constexpr bool operator>=(Dual a, Dual b) { return a.value >= b.value; }
};

template <class T>
TUTTI_HD constexpr Dual<T> select(bool condition, Dual<T> yes, Dual<T> no) {
  return {select(condition, yes.value, no.value), select(condition, yes.tangent, no.tangent)};
}

template <class T>
TUTTI_HD Dual<T> exp(Dual<T> x) {
  T e = exp(x.value);
  return {e, e * x.tangent};
}

template <class T>
TUTTI_HD Dual<T> expm1(Dual<T> x) {
  return {expm1(x.value), exp(x.value) * x.tangent};
}

template <class T>
TUTTI_HD Dual<T> log(Dual<T> x) {
  return {log(x.value), x.tangent / x.value};
}

template <class T>
TUTTI_HD Dual<T> log1p(Dual<T> x) {
  return {log1p(x.value), x.tangent / (1 + x.value)};
}

// 1 - tanh^2 would cancel.
template <class T>
TUTTI_HD Dual<T> tanh(Dual<T> x) {
  T twice = x.value + x.value;
  return {tanh(x.value), 4 * sigmoid(twice) * sigmoid(-twice) * x.tangent};
}

template <class T>
TUTTI_HD Dual<T> erf(Dual<T> x) {
  return {erf(x.value), 1.1283791670955126 * gaussian(x.value) * x.tangent};  // 2 / sqrt(pi)
}

template <class T>
TUTTI_HD Dual<T> sin(Dual<T> x) {
  return {sin(x.value), cos(x.value) * x.tangent};
}

template <class T>
TUTTI_HD Dual<T> cos(Dual<T> x) {
  return {cos(x.value), -sin(x.value) * x.tangent};
}

template <class T>
TUTTI_HD Dual<T> sqrt(Dual<T> x) {
  T root = sqrt(x.value);
  return {root, x.tangent / (root + root)};
}

template <class T>
TUTTI_HD Dual<T> fabs(Dual<T> x) {
  return select(x < 0, -x, select(x > 0, x, x - x));  // at 0 the derivative is 0
}

// A zero exponent has no derivative left: 0 * pow(0, -1) would be NaN.
template <class T>
TUTTI_HD Dual<T> pow(Dual<T> x, double exponent) {
  T slope = exponent == 0 ? T(0) : exponent * pow(x.value, exponent - 1);
  return {pow(x.value, exponent), slope * x.tangent};
}

template <class T>
TUTTI_HD Dual<T> sigmoid(Dual<T> x) {
  T s = sigmoid(x.value);
  return {s, s * sigmoid(-x.value) * x.tangent};
}

template <class T>
TUTTI_HD Dual<T> softplus(Dual<T> x) {
  return {softplus(x.value), sigmoid(x.value) * x.tangent};
}

template <class T>
TUTTI_HD Dual<T> gaussian(Dual<T> x) {
  T slope = select(fabs(x.value) < 40, -2 * x.value * gaussian(x.value), T(0));
  return {gaussian(x.value), slope * x.tangent};
}

template <class T>
TUTTI_HD Dual<T> normal_cdf(Dual<T> x) {
  T density = 0.3989422804014327 * gaussian(0.70710678118654752 * x.value);  // 1 / sqrt(2 pi)
  return {normal_cdf(x.value), density * x.tangent};
}

/// The derivative of the functor F by its input I, itself an elementwise functor.
template <class F, int I>
struct Partial {
  F f;

  template <class T, class... Rest>
  TUTTI_HD T operator()(T first, Rest... rest) const {
    int position = 0;
    auto seed = [&](T x) { return Dual<T>(x, T(position++ == I ? 1 : 0)); };
    // Braces order the evaluation.
    return apply_dual(DualList<1 + sizeof...(Rest), T>{{seed(first), seed(rest)...}},
                      std::make_integer_sequence<int, 1 + sizeof...(Rest)>{});
  }

 private:
  template <int N, class T>
  struct DualList {
    Dual<T> x[N];
  };
  template <int N, class T, int... K>
  TUTTI_HD T apply_dual(const DualList<N, T>& list, std::integer_sequence<int, K...>) const {
    return f(list.x[K]...).tangent;
  }
};

/// How often F is a derivative: 0 for a user's functor.
template <class F>
inline constexpr int derivative_order = 0;
template <class F, int I>
inline constexpr int derivative_order<Partial<F, I>> = 1 + derivative_order<F>;

/// The gradient by input I that backward needs: the incoming one times the derivative, fused.
template <class F, int I>
struct Pull {
  F f;
  template <class T, class... Inputs>
  TUTTI_HD T operator()(T gradient, Inputs... inputs) const {
    return gradient * Partial<F, I>{f}(inputs...);
  }
};

}  // namespace tutti
