// Comparisons: conditions for where().
#pragma once

#include "tutti/ops/op.h"

namespace tutti {

enum class Comparison { less, less_equal, greater, greater_equal, equal, not_equal };

/// u8, 1 where `a comparison b` holds, else 0. a and b broadcast; of one dtype or of two that meet
/// (see promoted), on one device.
Tensor compare(Comparison comparison, const Tensor& a, const Tensor& b);
/// The same with a number; Error where an integer dtype does not hold it.
Tensor compare(Comparison comparison, const Tensor& a, double b);

inline double tensor_of(double number) {
  return number;
}

/// What the following compare a value with: another value, or a number.
template <class T>
concept Comparable = Value<T> || std::is_arithmetic_v<T>;

// Conditions are constants: no gradient passes.

/// u8: 1 where a < b, else 0.
Tensor less(const Value auto& a, const Comparable auto& b) {
  return compare(Comparison::less, tensor_of(a), tensor_of(b));
}
/// u8: 1 where a <= b, else 0.
Tensor less_equal(const Value auto& a, const Comparable auto& b) {
  return compare(Comparison::less_equal, tensor_of(a), tensor_of(b));
}
/// u8: 1 where a > b, else 0.
Tensor greater(const Value auto& a, const Comparable auto& b) {
  return compare(Comparison::greater, tensor_of(a), tensor_of(b));
}
/// u8: 1 where a >= b, else 0.
Tensor greater_equal(const Value auto& a, const Comparable auto& b) {
  return compare(Comparison::greater_equal, tensor_of(a), tensor_of(b));
}
/// u8: 1 where a == b, else 0; NaN equals nothing.
Tensor equal(const Value auto& a, const Comparable auto& b) {
  return compare(Comparison::equal, tensor_of(a), tensor_of(b));
}
/// u8: 1 where a != b, else 0.
Tensor not_equal(const Value auto& a, const Comparable auto& b) {
  return compare(Comparison::not_equal, tensor_of(a), tensor_of(b));
}

}  // namespace tutti
