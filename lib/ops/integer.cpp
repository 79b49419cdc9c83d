#include "tutti/ops/integer.h"

#include <cmath>

#include "launch.h"

namespace tutti {
namespace {

constexpr std::string_view names[] = {"add",        "subtract",   "multiply", "floor_divide",
                                      "remainder",  "minimum",    "maximum",  "logical_and",
                                      "logical_or", "logical_xor"};

std::string_view name_of(IntegerOp op) {
  return names[static_cast<int>(op)];
}

}  // namespace

Tensor integers(IntegerOp op, const Tensor& a, const Tensor& b) {
  const std::string_view who = name_of(op);
  if (!a || !b) raise(who, ": found an empty tensor, expected one with elements");
  if (a.dtype() != b.dtype() || is_float(a.dtype()))
    raise(who, ": found dtypes ", a.dtype(), " and ", b.dtype(), " for shapes ", a.shape(), " and ",
          b.shape(), ", expected one of i32 i64 u8; convert with to(Dtype)");
  require_same_device(a, b, who);
  const Shape shape = broadcast(a.shape(), b.shape(), who);
  Tensor out(shape, a.dtype(), a.device());
  out.device().dispatch(
      [&](auto stream) { launch::integers(stream, op, out, a.expand(shape), b.expand(shape)); });
  return out;
}

Tensor integers(IntegerOp op, const Tensor& a, double b) {
  if (!a) raise(name_of(op), ": found an empty tensor, expected one with elements");
  if (Tensor::full({}, b, a.dtype()).item() != b)
    raise(name_of(op), ": found number ", b, " for a tensor of ", a.dtype(),
          ", expected one that it holds; convert the tensor with to(Dtype)");
  return integers(op, a, Tensor::full({}, b, a.dtype(), a.device()));
}

Tensor integer_affine(const Tensor& x, double scale, double shift) {
  const auto whole = [](double number) {
    return number == std::floor(number) && std::abs(number) <= 0x1p53;
  };
  if (!whole(scale) || !whole(shift))
    raise("affine: found numbers ", scale, " and ", shift, " for a tensor of ", x.dtype(),
          ", expected whole ones; convert the tensor with to(Dtype)");
  // From i64 on numbers wrap as their sums and products do.
  const auto number = [&](double value) {
    return Tensor::full({}, value, Dtype::i64, x.device()).to(x.dtype());
  };
  const Tensor scaled = scale == 1 ? x : integers(IntegerOp::multiply, x, number(scale));
  return shift == 0 ? scaled : integers(IntegerOp::add, scaled, number(shift));
}

}  // namespace tutti
