#include "tutti/ops/matmul.h"

#include "launch.h"

namespace tutti {
namespace {

// A matrix with a unit stride in one axis, which is what BLAS reads.
Tensor readable(const Tensor& x) {
  auto unit = [&](int axis, int other) {
    return x.strides()[axis] == 1 && x.strides()[other] >= std::max<std::int64_t>(1, x.size(axis));
  };
  return unit(1, 0) || unit(0, 1) ? x : x.contiguous();
}

void multiply(const Tensor& out, const Tensor& a, const Tensor& b) {
  out.device().dispatch(
      [&](auto stream) { launch::matmul(stream, out, readable(a), readable(b)); });
}

Tensor matrix(const Tensor& x, std::int64_t index) {
  return x.slice(0, index, index + 1).reshape({x.size(1), x.size(2)});
}

}  // namespace

Tensor Matmul::forward(const Tensor& a, const Tensor& b) const {
  require_alike(std::array{a, b}, "matmul");
  if (a.rank() < 2 || b.rank() < 2 || a.size(-1) != b.size(-2))
    raise("matmul: found shapes ", a.shape(), " and ", b.shape(),
          ", expected [..., m, k] and [..., k, n]");
  Shape a_batch = a.shape(), b_batch = b.shape();
  for (int i = 0; i < 2; ++i) {
    a_batch.erase(a_batch.rank() - 1);
    b_batch.erase(b_batch.rank() - 1);
  }
  Shape batch = broadcast(a_batch, b_batch, "matmul");
  auto whole = [&](std::int64_t rows, std::int64_t columns) {
    Shape shape = batch;
    shape.push_back(rows);
    shape.push_back(columns);
    return shape;
  };
  std::int64_t m = a.size(-2), k = a.size(-1), n = b.size(-1), count = batch.count();
  Tensor out(whole(m, n), a.dtype(), a.device());
  if (batch.rank() == 0) {
    multiply(out, a, b);
    return out;
  }
  Tensor as = a.expand(whole(m, k)).reshape({count, m, k});
  Tensor bs = b.expand(whole(k, n)).reshape({count, k, n});
  Tensor outs = out.reshape({count, m, n});
  for (std::int64_t i = 0; i < count; ++i) multiply(matrix(outs, i), matrix(as, i), matrix(bs, i));
  return out;
}

}  // namespace tutti
