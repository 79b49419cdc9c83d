// Products of any rank, and what a linear layer makes of them.
#include "tutti/ops/matmul.h"

#include "support/devices.h"
#include "tutti/autograd/node.h"

using namespace tutti;

namespace {

Device device;  // that the test case runs on

// Small whole numbers: their products and sums are exact.
Tensor whole(const Shape& shape, int seed) {
  std::vector<double> values(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<double>((i * 7 + static_cast<std::size_t>(seed) * 3) % 11) - 5;
  return Tensor::from(values, shape, device);
}

// a [p, q, m, k] b [p, q, k, n] by the definition, from expanded factors.
std::vector<double> naive(const Tensor& a, const Tensor& b) {
  auto x = a.to_vector<double>(), y = b.to_vector<double>();
  std::int64_t m = a.size(-2), k = a.size(-1), n = b.size(-1), batch = a.count() / (m * k);
  std::vector<double> out(static_cast<std::size_t>(batch * m * n));
  for (std::int64_t s = 0; s < batch; ++s)
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t l = 0; l < k; ++l)
          out[static_cast<std::size_t>((s * m + i) * n + j)] +=
              x[static_cast<std::size_t>((s * m + i) * k + l)] *
              y[static_cast<std::size_t>((s * k + l) * n + j)];
  return out;
}

}  // namespace

TEST_CASE("a product's leading axes broadcast") {
  device = TUTTI_EACH_DEVICE;
  Tensor a = whole({2, 3, 4, 5}, 1);
  for (const Tensor& b : {whole({5, 7}, 2), whole({3, 5, 7}, 3), whole({2, 1, 5, 7}, 4),
                          whole({2, 3, 7, 5}, 5).transpose()}) {
    INFO(b.shape());
    CHECK(matmul(a, b).to_vector<double>() == naive(a, b.expand({2, 3, 5, 7})));
  }
  Tensor turned = whole({2, 4, 3, 5}, 6).permute({0, 2, 1, 3});  // heads beside rows
  CHECK(matmul(turned, turned.transpose()).to_vector<double>() ==
        naive(turned, turned.transpose()));
  CHECK(matmul(whole({0, 4, 5}, 1), whole({5, 2}, 1)).shape() == Shape{0, 4, 2});
}

TEST_CASE("a linear layer's input enters one product") {
  ProductPlan plan({32, 64, 512}, {512, 300}, "test");
  CHECK(plan.batch.rank() == 0);
  CHECK((plan.m == 2048 && plan.k == 512 && plan.n == 300));
  CHECK(ProductPlan({3, 2, 4}, {3, 4, 5}, "test").batch == Shape{3});
  CHECK_THROWS_AS(ProductPlan({3, 4}, {3, 4}, "test"), Error);
}

TEST_CASE("linear is x W^T + b, whatever its leading axes") {
  device = TUTTI_EACH_DEVICE;
  Variable w(whole({7, 5}, 2), true), b(whole({7}, 3), true);
  for (const Shape& shape : {Shape{5}, Shape{4, 5}, Shape{2, 3, 5}, Shape{0, 5}}) {
    Variable x(whole(shape, 1), true);
    Variable y = linear(x, w, b), expected = fold_rows(reshape(x, {-1, 5}));
    expected = matmul(expected, transpose(w)) + b;
    CHECK(y.value().to_vector<double>() == expected.value().to_vector<double>());
    Tensor seed = whole(y.shape(), 9);
    auto mine = grad(y, {x, w, b}, {.seed = seed});
    auto theirs = grad(expected, {x, w, b}, {.seed = seed.reshape(expected.shape())});
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(mine[i].value().to_vector<double>() == theirs[i].value().to_vector<double>());
  }
  CHECK_THROWS_AS(linear(Variable(whole({4, 6}, 1)), w, b), Error);
  CHECK(linear(whole({4, 5}, 1), w.value()).shape() == Shape{4, 7});
}
