#include "tutti/ops/logic.h"

#include <limits>

#include "tutti/ops/math.h"
#include "tutti/ops/reduction.h"

namespace tutti {
namespace {

// u8, not 0 where x is not.
Tensor truth_of(const Tensor& x) {
  return x && x.dtype() == Dtype::u8 ? x : not_equal(x, 0);
}

}  // namespace

Tensor logical(IntegerOp op, const Tensor& a, const Tensor& b) {
  return integers(op, truth_of(a), truth_of(b));
}

Tensor finite_tensor(const Tensor& x) {
  if (is_integer(x)) return Tensor::ones(x.shape(), Dtype::u8, x.device());
  return less(abs(x), std::numeric_limits<double>::infinity());
}

Tensor quantified(bool everywhere, const Tensor& x, const AxisList& axes, bool keepdim) {
  const std::string_view who = everywhere ? "all" : "any";
  const Tensor truth = not_equal(x, 0);
  const Shape kept = reduced_shape(x.shape(), axes, who);
  const Shape shape = keepdim ? kept : dropped_shape(x.shape(), axes, who);
  if (x.count() == 0) return Tensor::full(shape, everywhere, Dtype::u8, x.device());
  return (everywhere ? min_tensor(truth, kept) : max_tensor(truth, kept)).reshape(shape);
}

}  // namespace tutti
