#include "tutti/ops/matmul.h"

#include "last_axes.h"
#include "launch.h"

namespace tutti {
namespace {

Shape joined(Shape batch, std::int64_t rows, std::int64_t columns) {
  batch.push_back(rows);
  batch.push_back(columns);
  return batch;
}

}  // namespace

ProductPlan::ProductPlan(const Shape& a, const Shape& b, std::string_view who) {
  const int ra = a.rank(), rb = b.rank();
  if (ra < 2 || rb < 2 || a[ra - 1] != b[rb - 2])
    raise(who, ": found shapes ", a, " and ", b, ", expected [..., m, k] and [..., k, n]");
  m = a[ra - 2], k = a[ra - 1], n = b[rb - 1];
  batch = broadcast(leading(a), leading(b), who);
  out = joined(batch, m, n);
  folded = rb == 2 && ra > 2;
  if (!folded) return;
  m *= batch.count();
  batch = {};
}

Tensor matmul_tensor(const Tensor& a, const Tensor& b, const Tensor& bias, std::string_view who) {
  require_alike(std::array{a, b}, who);
  ProductPlan plan(a.shape(), b.shape(), who);
  if (bias && (bias.shape() != Shape{plan.n} || bias.dtype() != a.dtype()))
    raise(who, ": found bias ", bias.shape(), " of ", bias.dtype(), ", expected [", plan.n, "] of ",
          a.dtype());
  Tensor out(plan.out, a.dtype(), a.device());
  if (out.count() == 0) return out;
  Tensor left =
      plan.folded ? a.reshape({plan.m, plan.k}) : a.expand(joined(plan.batch, plan.m, plan.k));
  Tensor right = b.expand(joined(plan.batch, plan.k, plan.n));
  Tensor result = out.reshape(joined(plan.batch, plan.m, plan.n));
  Tensor added = bias ? bias.contiguous() : Tensor();
  a.device().dispatch([&](auto stream) { launch::matmul(stream, result, left, right, added); });
  return out;
}

std::vector<Tensor> LinearOp::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor &x = in[0], &weight = in[1];
  if (x.rank() < 1 || weight.rank() != 2 || x.size(-1) != weight.size(1))
    raise("linear: found input ", x.shape(), " for weight ", weight.shape(),
          ", expected [..., inputs] and [outputs, inputs]");
  saving.input(0), saving.input(1);
  if (x.rank() > 1) return {matmul_tensor(x, weight.transpose(), in[2], name)};
  Tensor row = matmul_tensor(x.reshape({1, x.count()}), weight.transpose(), in[2], name);
  return {row.reshape({weight.size(0)})};
}

}  // namespace tutti
