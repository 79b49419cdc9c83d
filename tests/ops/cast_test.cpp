// Changes of dtype on the tape.
#include "tutti/ops/cast.h"

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/autograd/node.h"

using namespace tutti;
using test::contains;
using test::error_of;

TEST_CASE("a cast rounds to the nearest, and its gradient comes back in the dtype of its input") {
  const float third = 1.0f / 3;
  Variable x(Tensor::from<float>({third, -2.5f, 1e6f}, {3}), true);
  Variable y = cast(x, Dtype::bf16);
  CHECK(y.dtype() == Dtype::bf16);
  CHECK(y.value().to(Dtype::f32).to_vector<float>() ==
        std::vector<float>{0x1.56p-2f, -2.5f, 0x1.e8p19f});
  sum(cast(y, Dtype::f64) * 3.0).backward();
  CHECK(x.grad().dtype() == Dtype::f32);
  CHECK(x.grad().to_vector<float>() == std::vector<float>{3, 3, 3});
  CHECK(cast(x, Dtype::f32).is(x));
}

TEST_CASE("with_f32 computes 16-bit floats in f32 and rounds once") {
  const Tensor x = Tensor::from<float>({1, 0x1p-7f, 0x1p-9f}, {3}).to(Dtype::bf16);
  const auto total = [](const Tensor& a, const Tensor& b) { return a + sum(b); };
  // In bf16 each of the two additions would round: 1 + 2^-9 is 1 there.
  const std::vector<float> found = with_f32("total", total, x, x).to(Dtype::f32).to_vector<float>();
  CHECK(found == std::vector<float>{2.015625f, 1.015625f, 1.015625f});
  CHECK(with_f32("total", total, x, x.to(Dtype::f32)).dtype() == Dtype::f32);  // where they meet
  CHECK(contains(error_of([&] { with_f32("total", total, x, x.to(Dtype::f64)); }), "total: found"));
}
