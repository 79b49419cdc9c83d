#include "tutti/ops/compare.h"

#include "launch.h"
#include "tutti/ops/cast.h"

namespace tutti {
namespace {

Tensor launched(launch::Relation relation, const Tensor& a, const Tensor& b) {
  if (!a || !b) raise("compare: found an empty tensor, expected one with elements");
  const Dtype met = promoted(a.dtype(), b.dtype()), dtype = accumulator_of(met);
  if (met != promoted(b.dtype(), a.dtype()))
    raise("compare: found dtypes ", a.dtype(), " and ", b.dtype(),
          ", expected one; convert with cast(x, Dtype)");
  require_same_device(a, b, "compare");
  if (a.dtype() != dtype || b.dtype() != dtype)
    return launched(relation, a.to(met).to(dtype), b.to(met).to(dtype));
  Shape shape = broadcast(a.shape(), b.shape(), "compare");
  Tensor out(shape, Dtype::u8, a.device());
  a.device().dispatch([&](auto stream) {
    launch::compare(stream, relation, out, a.expand(shape), b.expand(shape));
  });
  return out;
}

}  // namespace

Tensor compare(Comparison comparison, const Tensor& a, const Tensor& b) {
  using launch::Relation;
  switch (comparison) {
    case Comparison::less:
      return launched(Relation::less, a, b);
    case Comparison::less_equal:
      return launched(Relation::less_equal, a, b);
    case Comparison::greater:
      return launched(Relation::less, b, a);
    case Comparison::greater_equal:
      return launched(Relation::less_equal, b, a);
    case Comparison::equal:
      return launched(Relation::equal, a, b);
    case Comparison::not_equal:
      return launched(Relation::not_equal, a, b);
  }
  raise("compare: found comparison ", static_cast<int>(comparison), ", expected one of Comparison");
}

Tensor compare(Comparison comparison, const Tensor& a, double b) {
  if (!a) raise("compare: found an empty tensor, expected one with elements");
  // Rounding a bound would move it; a float dtype rounds as its tensor's elements were.
  if (!is_float(a.dtype()) && Tensor::full({}, b, a.dtype()).item() != b)
    raise("compare: found number ", b, " for a tensor of ", a.dtype(),
          ", expected one that it holds; convert the tensor with to(Dtype::f64)");
  return compare(comparison, a, Tensor::full({}, b, a.dtype(), a.device()));
}

}  // namespace tutti
