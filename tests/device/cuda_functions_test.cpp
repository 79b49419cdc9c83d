// Reductions, orders, running products, whole numbers and scattered elements on CUDA.
#include "cuda_compare.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/integer.h"
#include "tutti/ops/logic.h"
#include "tutti/ops/norm.h"
#include "tutti/ops/product.h"
#include "tutti/ops/rounding.h"
#include "tutti/ops/scatter.h"
#include "tutti/ops/sort.h"

namespace tutti::test {

TEST_CASE("cuda: products, minima, any and all") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::bf16})
    for (const Shape& shape : {Shape{3, 70, 5}, Shape{2, 5000, 3}, Shape{0, 3, 2}}) {
      INFO(dtype << " " << shape);
      const Tensor x = (random_tensor(shape, Dtype::f64, 1) * 0.01 + 1.0).to(dtype);
      compare(*cuda, {x}, 10 * tolerance_of(dtype) + (dtype == Dtype::bf16 ? 0.01 : 0),
              [](const auto& in) {
                return product_tensor(in[0], {in[0].size(0), 1, in[0].size(2)});
              });
      compare(*cuda, {x}, 0, [](const auto& in) { return min(in[0], {1}); });
    }
  const Tensor whole = (random_tensor({3, 4000}, Dtype::f64, 2) * 9.0).to(Dtype::i64);
  compare(*cuda, {whole}, 0, [](const auto& in) { return prod(in[0], {1}); });
  compare(*cuda, {whole}, 0, [](const auto& in) { return min(in[0].transpose(), {0}); });
  compare(*cuda, {whole.to(Dtype::u8)}, 0, [](const auto& in) { return min(in[0], {1}); });
  compare(*cuda, {whole}, 0, [](const auto& in) { return any(in[0], {0}); });
  compare(*cuda, {whole}, 0, [](const auto& in) { return all(in[0], {0}); });
}

TEST_CASE("cuda: elements in order, ties and NaN among them") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::i32, Dtype::u8})
    for (const Shape& shape : {Shape{5, 37}, Shape{1, 1000}, Shape{9, 1}, Shape{0, 4}, Shape{4, 0}})
      for (bool descending : {false, true}) {
        INFO(dtype << " " << shape << " descending " << descending);
        Tensor x = (random_tensor(shape, Dtype::f64, 3) * 20.0 + 30.0);
        if (is_float(dtype)) x = where(less(x, 13.0), NAN, x);
        x = x.to(dtype);
        for (int axis : {0, 1})
          compare(*cuda, {x}, 0, [&](const auto& in) { return argsort(in[0], axis, descending); });
        compare(*cuda, {x}, 0, [&](const auto& in) {
          return topk(in[0], in[0].size(1) / 3, 1, descending).indices;
        });
      }
}

TEST_CASE("cuda: running products and recurrences") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::bf16})
    for (const Shape& shape : {Shape{3, 7, 5}, Shape{2, 0, 3}, Shape{1, 300, 2}})
      for (bool reverse : {false, true}) {
        const Tensor a = random_tensor(shape, dtype, 4), b = random_tensor(shape, dtype, 5);
        compare(*cuda, {a}, 0, [&](const auto& in) { return cumprod(in[0], 1, reverse); });
        compare(*cuda, {a, b}, 0,
                [&](const auto& in) { return linear_recurrence(in[0], in[1], 1, reverse); });
      }
}

TEST_CASE("cuda: whole numbers, broadcast and strided") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::i32, Dtype::i64, Dtype::u8}) {
    INFO(dtype);
    const Tensor a = (random_tensor({5, 1, 70}, Dtype::f64, 6) * 300.0).to(Dtype::i64).to(dtype);
    Tensor b = (random_tensor({70, 9}, Dtype::f64, 7) * 300.0).to(Dtype::i64).to(dtype).transpose();
    b = where(equal(b, 0), Tensor::ones({}, dtype), b);
    for (int op = 0; op <= static_cast<int>(IntegerOp::logical_xor); ++op)
      compare(*cuda, {a, b}, 0,
              [&](const auto& in) { return integers(static_cast<IntegerOp>(op), in[0], in[1]); });
    compare(*cuda, {a}, 0, [](const auto& in) { return 3 - in[0] * 2; });
    const Tensor zero = Tensor::zeros({1}, dtype, *cuda);
    CHECK(floor_divide(zero + 1, zero).item() == 0);  // CUDA cannot raise
    CHECK(remainder(zero + 1, zero).item() == 0);
  }
}

TEST_CASE("cuda: elements put in place") {
  auto cuda = cuda_device();
  if (!cuda) return;
  std::vector<std::int64_t> some;
  for (std::int64_t i = 0; i < 5 * 40; ++i) some.push_back(i * i % 17);
  const Tensor indices = Tensor::from(some, {5, 40});
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::bf16, Dtype::u8}) {
    const Tensor x = (random_tensor({17, 5}, Dtype::f64, 8) * 9.0).to(dtype).transpose();
    const Tensor values = (random_tensor({5, 40}, Dtype::f64, 9) * 9.0).to(dtype);
    compare(*cuda, {x, indices, values}, 0,
            [](const auto& in) { return scatter(in[0], 1, in[1], in[2]); });
    if (is_float(dtype))
      compare(*cuda, {x, indices, values}, 0,
              [](const auto& in) { return scatter_add(in[0], 1, in[1], in[2]); });
  }
}

TEST_CASE("cuda: norms and functions that jump") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    const Tensor x = random_tensor({3, 70, 2}, dtype, 10) * 3.0;
    const double close = tolerance_of(dtype);
    compare(*cuda, {x}, close, [](const auto& in) { return logsumexp(in[0], {0, 1}); });
    compare(*cuda, {x}, close, [](const auto& in) { return norm(in[0], 2, {1}); });
    compare(*cuda, {x}, 0, [](const auto& in) { return sign(in[0]); });
    compare(*cuda, {x}, 0, [](const auto& in) { return floor(in[0]); });
    compare(*cuda, {x}, 0, [](const auto& in) { return ceil(in[0]); });
    compare(*cuda, {x}, 0, [](const auto& in) { return round(in[0] * 2.0); });
    compare(*cuda, {x}, close, [](const auto& in) { return expm1(in[0]); });
    compare(*cuda, {x}, close, [](const auto& in) { return log1p(abs(in[0])); });
    compare(*cuda, {x}, close, [](const auto& in) { return elu(in[0]) + leaky_relu(in[0]); });
  }
}

}  // namespace tutti::test
