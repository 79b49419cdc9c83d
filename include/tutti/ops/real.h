// The scalar that elementwise functors compute with.
#pragma once

#include <cmath>
#include <type_traits>

#include "tutti/base/config.h"

// glibc's vector variants (libmvec), which `omp simd` loops call several lanes at a time.
extern "C" {
float expf(float) noexcept TUTTI_SIMD_DECL;
double exp(double) noexcept TUTTI_SIMD_DECL;
float logf(float) noexcept TUTTI_SIMD_DECL;
double log(double) noexcept TUTTI_SIMD_DECL;
float expm1f(float) noexcept TUTTI_SIMD_DECL;
double expm1(double) noexcept TUTTI_SIMD_DECL;
float log1pf(float) noexcept TUTTI_SIMD_DECL;
double log1p(double) noexcept TUTTI_SIMD_DECL;
float tanhf(float) noexcept TUTTI_SIMD_DECL;
double tanh(double) noexcept TUTTI_SIMD_DECL;
float erff(float) noexcept TUTTI_SIMD_DECL;
double erf(double) noexcept TUTTI_SIMD_DECL;
float sinf(float) noexcept TUTTI_SIMD_DECL;
double sin(double) noexcept TUTTI_SIMD_DECL;
float cosf(float) noexcept TUTTI_SIMD_DECL;
double cos(double) noexcept TUTTI_SIMD_DECL;
float powf(float, float) noexcept TUTTI_SIMD_DECL;
double pow(double, double) noexcept TUTTI_SIMD_DECL;
}

namespace tutti {

/// A float or double whose functions are always those below and never ::exp(double). Numbers
/// convert to it, so that functors may write 1 / (1 + x).
template <class T>
struct Real {
  T v;

  Real() = default;
  template <class Number>
  requires std::is_arithmetic_v<Number> TUTTI_HD constexpr Real(Number number)
      : v(static_cast<T>(number)) {}

  /// What std::tanh(x) would convert to, in place of hundreds of lines of overloads, where GCC
  /// reads it.
  template <class Number>
  requires(TUTTI_IDLE_CONVERSIONS&& std::is_same_v<Number, double>) operator Number() const {
    static_assert(
        sizeof(Number) == 0,
        "an elementwise functor calls functions without std:: and of these alone: exp log "
        "log1p tanh erf sin cos sqrt fabs sigmoid softplus gaussian normal_cdf, pow(x, "
        "number), "
        "select(condition, a, b)");
    return 0;
  }

  TUTTI_HD friend constexpr Real operator+(Real a, Real b) { return {a.v + b.v}; }
  TUTTI_HD friend constexpr Real operator-(Real a, Real b) { return {a.v - b.v}; }
  TUTTI_HD friend constexpr Real operator*(Real a, Real b) { return {a.v * b.v}; }
  TUTTI_HD friend constexpr Real operator/(Real a, Real b) { return {a.v / b.v}; }
  TUTTI_HD friend constexpr Real operator-(Real a) { return {-a.v}; }
  TUTTI_HD friend constexpr bool operator<(Real a, Real b) { return a.v < b.v; }
  TUTTI_HD friend constexpr bool operator>(Real a, Real b) { return a.v > b.v; }
  TUTTI_HD friend constexpr bool operator<=(Real a, Real b) { return a.v <= b.v; }
  TUTTI_HD friend constexpr bool operator>=(Real a, Real b) { return a.v >= b.v; }
};

// One overload per precision, since the C functions have one name per precision.
#define TUTTI_REAL_FUNCTION(name, float_name)         \
  TUTTI_HD inline Real<float> name(Real<float> x) {   \
    return {::float_name(x.v)};                       \
  }                                                   \
  TUTTI_HD inline Real<double> name(Real<double> x) { \
    return {::name(x.v)};                             \
  }
TUTTI_REAL_FUNCTION(exp, expf)
TUTTI_REAL_FUNCTION(expm1, expm1f)
TUTTI_REAL_FUNCTION(log, logf)
TUTTI_REAL_FUNCTION(log1p, log1pf)
TUTTI_REAL_FUNCTION(tanh, tanhf)
TUTTI_REAL_FUNCTION(erf, erff)
TUTTI_REAL_FUNCTION(sin, sinf)
TUTTI_REAL_FUNCTION(cos, cosf)
TUTTI_REAL_FUNCTION(sqrt, sqrtf)
TUTTI_REAL_FUNCTION(fabs, fabsf)
TUTTI_REAL_FUNCTION(floor, floorf)
TUTTI_REAL_FUNCTION(ceil, ceilf)
TUTTI_REAL_FUNCTION(rint, rintf)
#undef TUTTI_REAL_FUNCTION

TUTTI_HD inline Real<float> pow(Real<float> x, double exponent) {
  return {::powf(x.v, static_cast<float>(exponent))};
}
TUTTI_HD inline Real<double> pow(Real<double> x, double exponent) {
  return {::pow(x.v, exponent)};
}

/// Both arguments are evaluated: no branch in vector code.
template <class T>
TUTTI_HD constexpr Real<T> select(bool condition, Real<T> yes, Real<T> no) {
  return {condition ? yes.v : no.v};
}

template <class T>
TUTTI_HD Real<T> sigmoid(Real<T> x) {
  return 1 / (1 + exp(-x));
}

/// log(1 + exp(x)) without overflow.
template <class T>
TUTTI_HD Real<T> softplus(Real<T> x) {
  return select(x > 0, x, Real<T>(0)) + log1p(exp(-fabs(x)));
}

/// exp(-x^2); 0 beyond 40, where no type holds the value.
template <class T>
TUTTI_HD Real<T> gaussian(Real<T> x) {
  return select(fabs(x) < 40, exp(-(x * x)), Real<T>(0));
}

/// The part of the standard normal distribution that lies below x.
TUTTI_HD inline Real<double> normal_cdf(Real<double> x) {
  return 0.5 + 0.5 * erf(0.70710678118654752 * x);
}
// erfc(z) = t p(t) exp(-z^2) with t = 1 / (1 + 0.3 z), the form of Hastings, Approximations for
// Digital Computers, 1955; p is fitted to a relative error of 2e-8. The derivative shares the exp.
TUTTI_HD inline Real<float> normal_cdf(Real<float> x) {
  constexpr double p[] = {-0.06476156634719231, 0.24278219134256623,   -0.2561403315568724,
                          0.2738615867045846,   -0.047326529097416435, 0.10746356577737576,
                          0.07416943588570067,  0.08535763637012239,   0.08459400112831748};
  const Real<float> u = 0.70710678118654752 * x, t = 1 / (1 + 0.3 * fabs(u));
  Real<float> sum = p[0];
  for (int i = 1; i < 9; ++i) sum = sum * t + p[i];
  const Real<float> tail = sum * t * gaussian(u);
  return select(x < 0, tail, 1 - tail);
}

}  // namespace tutti
