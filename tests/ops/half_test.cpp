#include "tutti/ops/half.h"

#include "cpu_launch.h"
#include "support/catch.h"
#include "tutti/ops/arithmetic.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("an op without a 16-bit loop computes in f32 and rounds once") {
  auto f = [](const Tensor& a, const Tensor& b) { return map(Divide{}, map(Multiply{}, a, b), a); };
  for (Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::f32, Dtype::f64}) {
    Tensor a = fractions({300}, dtype), b = fractions({300}, dtype, 5);
    Tensor out = in_f32("test", f, a, b);
    CHECK(out.dtype() == dtype);
    CHECK(numbers(out) == numbers(f(widened(a), widened(b)).to(dtype)));
  }
  Tensor labels = Tensor::zeros({3}, Dtype::i64), x = Tensor::full({3}, 2, Dtype::f16);
  CHECK(widened(labels).same_memory(labels));
  CHECK(widened(x).dtype() == Dtype::f32);
  CHECK_FALSE(widened(Tensor()));
  auto first = [](const Tensor& a, const Tensor&) { return a; };
  CHECK(in_f32("test", first, x, labels).dtype() == Dtype::f16);
  CHECK_THROWS_WITH(in_f32("test", first, x, Tensor::zeros({3})),
                    "test: found dtypes f16 and f32, expected one; convert with to(Dtype)");
}
