// Truth values: u8, 1 or 0, as comparisons give them. Inputs of any dtype count as true where they
// are not 0, as NaN is not; they broadcast. No gradient passes.
#pragma once

#include "tutti/ops/compare.h"
#include "tutti/ops/integer.h"

namespace tutti {

/// u8: a op b, one of the logical ones.
Tensor logical(IntegerOp op, const Tensor& a, const Tensor& b);
/// u8: 1 where x is neither infinite nor NaN, else 0.
Tensor finite_tensor(const Tensor& x);
/// u8: is x true somewhere (`everywhere`: everywhere) along `axes`?
Tensor quantified(bool everywhere, const Tensor& x, const AxisList& axes, bool keepdim);

/// u8: 1 where a and b, else 0.
Tensor logical_and(const Value auto& a, const Value auto& b) {
  return logical(IntegerOp::logical_and, tensor_of(a), tensor_of(b));
}
/// u8: 1 where a or b or both, else 0.
Tensor logical_or(const Value auto& a, const Value auto& b) {
  return logical(IntegerOp::logical_or, tensor_of(a), tensor_of(b));
}
/// u8: 1 where one of a and b but not both, else 0.
Tensor logical_xor(const Value auto& a, const Value auto& b) {
  return logical(IntegerOp::logical_xor, tensor_of(a), tensor_of(b));
}
/// u8: 1 where x is 0, else 0.
Tensor logical_not(const Value auto& x) {
  return equal(x, 0);
}

/// u8: 1 where x is NaN, else 0.
Tensor isnan(const Value auto& x) {
  return not_equal(x, x);
}
/// u8: 1 where x is neither infinite nor NaN, else 0.
Tensor isfinite(const Value auto& x) {
  return finite_tensor(tensor_of(x));
}

/// u8: is x true somewhere along `axes` (negative ones count from the end; all when empty), which
/// are dropped, or kept with extent 1? 0 where there is nothing.
Tensor any(const Value auto& x, const AxisList& axes = {}, bool keepdim = false) {
  return quantified(false, tensor_of(x), axes, keepdim);
}
/// u8: is x true everywhere along `axes`? 1 where there is nothing. As any().
Tensor all(const Value auto& x, const AxisList& axes = {}, bool keepdim = false) {
  return quantified(true, tensor_of(x), axes, keepdim);
}

}  // namespace tutti
