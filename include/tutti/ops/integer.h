// Arithmetic of whole numbers: i32, i64 and u8.
#pragma once

#include <type_traits>

#include "tutti/ops/op.h"

namespace tutti {

enum class IntegerOp {
  add,
  subtract,
  multiply,
  floor_divide,
  remainder,
  minimum,
  maximum,
  logical_and,
  logical_or,
  logical_xor
};

/// a op b of each pair of elements; a and b broadcast, of one integer dtype, on one device. Sums,
/// differences and products wrap: they are taken modulo 2 to the dtype's bits. A quotient is
/// rounded down, and a remainder has the divisor's sign: a == floor_divide(a, b) * b + remainder(a,
/// b). On the CPU an Error names the first divisor of 0; CUDA, which cannot raise, gives 0 there.
Tensor integers(IntegerOp op, const Tensor& a, const Tensor& b);
/// The same with a number; Error where the dtype does not hold it.
Tensor integers(IntegerOp op, const Tensor& a, double b);
/// scale * x + shift by whole numbers below 2^53, wrapped.
Tensor integer_affine(const Tensor& x, double scale, double shift);

inline bool is_integer(const Tensor& x) {
  return x && !is_float(x.dtype());
}

/// The largest whole numbers that are at most a / b. b is a tensor or a number. Integers; of floats
/// take floor(a / b).
template <class B>
Tensor floor_divide(const Tensor& a, const B& b) {
  return integers(IntegerOp::floor_divide, a, b);
}
/// a - floor_divide(a, b) * b.
template <class B>
Tensor remainder(const Tensor& a, const B& b) {
  return integers(IntegerOp::remainder, a, b);
}

}  // namespace tutti
