// What each IntegerOp computes, for both backends.
#pragma once

#include <cstdint>

#include "tutti/base/config.h"
#include "tutti/ops/integer.h"

namespace tutti {

/// Calls f with a function (T, T) -> T on the device or the CPU. A divisor of 0 gives 0.
template <class T, class F>
void visit_integer_op(IntegerOp op, F&& f);

namespace detail {

// Of 64 bits without sign: what is cut off to T's bits is the wrapped result.
template <class T>
TUTTI_HD std::uint64_t bits_of(T x) {
  return static_cast<std::uint64_t>(x);
}

template <IntegerOp op, class T>
struct IntegerFunction {
  TUTTI_HD T operator()(T a, T b) const {
    if constexpr (op == IntegerOp::add) return static_cast<T>(bits_of(a) + bits_of(b));
    if constexpr (op == IntegerOp::subtract) return static_cast<T>(bits_of(a) - bits_of(b));
    if constexpr (op == IntegerOp::multiply) return static_cast<T>(bits_of(a) * bits_of(b));
    if constexpr (op == IntegerOp::floor_divide) return floor_quotient(a, b);
    if constexpr (op == IntegerOp::remainder) {
      const auto whole = static_cast<T>(bits_of(floor_quotient(a, b)) * bits_of(b));
      return b == 0 ? T(0) : static_cast<T>(bits_of(a) - bits_of(whole));
    }
    if constexpr (op == IntegerOp::minimum) return b < a ? b : a;
    if constexpr (op == IntegerOp::maximum) return b > a ? b : a;
    if constexpr (op == IntegerOp::logical_and) return a != 0 && b != 0;
    if constexpr (op == IntegerOp::logical_or) return a != 0 || b != 0;
    if constexpr (op == IntegerOp::logical_xor) return (a != 0) != (b != 0);
  }

 private:
  TUTTI_HD static T floor_quotient(T a, T b) {
    if (b == 0) return 0;
    if constexpr (std::is_unsigned_v<T>) {
      return static_cast<T>(a / b);
    } else {
      if (b == -1) return static_cast<T>(0 - bits_of(a));  // the smallest number would trap
      const T quotient = a / b;
      return quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient;
    }
  }
};

}  // namespace detail

template <class T, class F>
void visit_integer_op(IntegerOp op, F&& f) {
  using enum IntegerOp;
  switch (op) {
    case add:
      return f(detail::IntegerFunction<add, T>{});
    case subtract:
      return f(detail::IntegerFunction<subtract, T>{});
    case multiply:
      return f(detail::IntegerFunction<multiply, T>{});
    case floor_divide:
      return f(detail::IntegerFunction<floor_divide, T>{});
    case remainder:
      return f(detail::IntegerFunction<remainder, T>{});
    case minimum:
      return f(detail::IntegerFunction<minimum, T>{});
    case maximum:
      return f(detail::IntegerFunction<maximum, T>{});
    case logical_and:
      return f(detail::IntegerFunction<logical_and, T>{});
    case logical_or:
      return f(detail::IntegerFunction<logical_or, T>{});
    case logical_xor:
      return f(detail::IntegerFunction<logical_xor, T>{});
  }
}

/// Calls f.template operator()<T>() with the C++ type of an integer dtype.
template <class F>
void visit_integer(Dtype dtype, F&& f) {
  if (dtype == Dtype::i32) return f.template operator()<std::int32_t>();
  if (dtype == Dtype::i64) return f.template operator()<std::int64_t>();
  f.template operator()<std::uint8_t>();
}

}  // namespace tutti
