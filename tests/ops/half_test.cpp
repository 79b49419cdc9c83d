// Ops on 16-bit floats: what f32 computes from the same values, rounded once.
#include "support/catch.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/attention.h"
#include "tutti/ops/conv2d.h"
#include "tutti/ops/cross_entropy.h"
#include "tutti/ops/layer_norm.h"
#include "tutti/ops/max_pool2d.h"

using namespace tutti;

namespace {

// Values that fill the mantissa of both 16-bit types.
Variable leaf(const Shape& shape, Dtype dtype, int seed) {
  std::vector<float> values(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] =
        static_cast<float>((i * 37 + static_cast<std::size_t>(seed) * 11) % 101) / 71 - 0.7f;
  return Variable(Tensor::from(values, shape).to(dtype), true);
}

// f of 16-bit leaves and of the same values in f32: equal but for one rounding, in the result and
// in each gradient (both start from a seed that every dtype holds).
template <class F>
void check(F f, std::vector<Shape> shapes, bool keeps_dtype = true) {
  for (Dtype dtype : {Dtype::f16, Dtype::bf16}) {
    std::vector<Variable> narrow, wide;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      narrow.push_back(leaf(shapes[i], dtype, static_cast<int>(i)));
      wide.push_back(Variable(narrow[i].value().to(Dtype::f32), true));
    }
    Variable a = f(narrow), b = f(wide);
    REQUIRE(a.dtype() == (keeps_dtype ? dtype : Dtype::f32));
    CHECK(a.value().to(Dtype::f32).to_vector<float>() ==
          b.value().to(a.dtype()).to(Dtype::f32).to_vector<float>());
    a.backward({.seed = Tensor::full(a.shape(), 0.5, a.dtype())});
    b.backward({.seed = Tensor::full(b.shape(), 0.5, b.dtype())});
    for (std::size_t i = 0; i < narrow.size(); ++i) {
      CHECK(narrow[i].grad().dtype() == Dtype::f32);
      CHECK(narrow[i].grad().to_vector<float>() ==
            wide[i].grad().to(dtype).to(Dtype::f32).to_vector<float>());
    }
  }
}

}  // namespace

TEST_CASE("products, norms and windows of 16-bit floats are rounded once") {
  using List = const std::vector<Variable>&;
  check([](List x) { return matmul(x[0], x[1]); }, {{3, 40}, {40, 5}});
  check([](List x) { return linear(x[0], x[1], x[2]); }, {{2, 3, 17}, {5, 17}, {5}});
  check([](List x) { return softmax(x[0]); }, {{4, 9}});
  check([](List x) { return log_softmax(x[0]); }, {{4, 9}});
  check([](List x) { return layer_norm(x[0], x[1], x[2]); }, {{6, 13}, {13}, {13}});
  check([](List x) { return attention(x[0], x[1], x[2], {.causal = true}); },
        {{2, 5, 8}, {2, 5, 8}, {2, 5, 8}});
  check([](List x) { return conv2d(x[0], x[1]); }, {{2, 3, 6, 5}, {4, 3, 3, 3}});
  check([](List x) { return max_pool2d(x[0], 2); }, {{2, 3, 6, 4}});
  Tensor labels = Tensor::from(std::vector<std::int64_t>{2, 0, 4}, {3});
  check([&](List x) { return cross_entropy(x[0], labels); }, {{3, 5}}, false);
}

TEST_CASE("dtypes that differ are named") {
  Variable a = leaf({2, 3}, Dtype::f16, 1), b = leaf({3, 2}, Dtype::f32, 2);
  CHECK_THROWS_WITH(matmul(a, b), Catch::Contains("f16") && Catch::Contains("f32"));
  CHECK_THROWS_AS(matmul(b, a), Error);
}
