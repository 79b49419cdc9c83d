#include "tutti/ops/update.h"

#include "cpu_launch.h"
#include "support/catch.h"
#include "tutti/ops/arithmetic.h"
#include "tutti/ops/optimizer_step.h"

using namespace tutti;
using namespace tutti::test;

static_assert(written<Accumulate, 2> == std::array{true, false});
static_assert(written<Scale, 1> == std::array{true});
static_assert(written<SgdStep, 3> == std::array{true, true, false});
static_assert(written<AdamStep, 4> == std::array{true, true, true, false});
static_assert(written<LambDirection, 5> == std::array{true, true, true, false, false});

TEST_CASE("update changes what the functor takes by reference") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (std::int64_t count : {1, 255, 256, 16385}) {
      Tensor to = whole_numbers({count}, dtype, 3), from = whole_numbers({count}, dtype, 4);
      std::vector<double> a = numbers(to), b = numbers(from);
      auto reads = from.version(), written = to.version();
      update(Accumulate{0.5}, to, from);
      CHECK(from.version() == reads);
      CHECK(to.version() > written);
      for (std::size_t i = 0; i < a.size(); ++i) a[i] += 0.5 * b[i];
      CHECK(numbers(to) == a);
      CHECK(numbers(from) == b);
    }
}

TEST_CASE("update takes 16-bit floats among f32 and rounds them once") {
  const AdamStep step{0.01, 0.9, 0.99, 1e-8, 0.1, 0.01, 0.1, 0};
  for (Dtype dtype : {Dtype::f16, Dtype::bf16})
    for (std::int64_t count : {1, 300, 20000}) {
      Tensor w = fractions({count}, dtype), m = fractions({count}, Dtype::f32, 5),
             v = map(Affine{0.1, 1}, fractions({count}, Dtype::f32, 6)),
             gradient = fractions({count}, dtype, 7);
      Tensor wide[] = {w.to(Dtype::f32), m.clone(), v.clone(), gradient.to(Dtype::f32)};
      update(step, w, m, v, gradient);
      update(step, wide[0], wide[1], wide[2], wide[3]);
      CHECK(numbers(w) == numbers(wide[0].to(dtype)));
      CHECK(numbers(m) == numbers(wide[1]));
      CHECK(numbers(v) == numbers(wide[2]));
    }
  // A slot in f32 keeps what 16 bits would drop.
  Tensor slot = Tensor::full({5}, 4096), small = Tensor::full({5}, 1, Dtype::f16);
  for (int i = 0; i < 3; ++i) update(Accumulate{1}, slot, small);
  CHECK(numbers(slot) == std::vector<double>(5, 4099));
}

TEST_CASE("update names what it does not take") {
  Tensor x = Tensor::zeros({2});
  CHECK_THROWS_WITH(update(Store{1}, x, Tensor::zeros({2}, Dtype::f64)),
                    "update: found dtypes f32 and f64 for shapes [2] and [2], expected f64 for all "
                    "or for none; convert with cast(x, Dtype)");
  CHECK_THROWS_AS(update(Store{1}, x, Tensor::zeros({3})), Error);
  CHECK_THROWS_AS(update(Store{1}, x, Tensor::zeros({2}, Dtype::i64)), Error);
  CHECK_THROWS_AS(update(Store{1}, x, Tensor()), Error);
}
