#include "tutti/ops/cumulative.h"

#include "places.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("cumsum along any axis against the plain loop") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Tensor& x :
         {whole_numbers({3, 7, 5}, dtype), whole_numbers({5, 1, 300}, dtype).transpose(0, 2),
          whole_numbers({1000}, dtype), whole_numbers({0, 3}, dtype), whole_numbers({3, 0}, dtype)})
      for (int axis = 0; axis < x.rank(); ++axis) {
        INFO(dtype << " " << x.shape() << " axis " << axis);
        Tensor sums = cumsum(x, axis), back = CumulativeSum{axis, true}.forward(x);
        REQUIRE(sums.dtype() == dtype);
        REQUIRE(sums.shape() == x.shape());
        At from(x), found(sums), found_back(back);
        each_place(x.shape(), [&](const Shape& place) {
          double before = 0, behind = 0;
          for (Shape its = place; its[axis] >= 0; --its[axis]) before += from(its);
          for (Shape its = place; its[axis] < x.shape()[axis]; ++its[axis]) behind += from(its);
          REQUIRE(found(place) == before);
          REQUIRE(found_back(place) == behind);
        });
      }
  CHECK(numbers(cumsum(Tensor::full({3}, 1.5, Dtype::bf16), 0)) == Numbers{1.5, 3, 4.5});
  CHECK_THROWS_AS(cumsum(Tensor::zeros({3}), 1), Error);
  CHECK_THROWS_AS(cumsum(Tensor::zeros({3}, Dtype::i64), 0), Error);
}

// Added up in f64, each sum is rounded once: a unit in the last place of f32.
TEST_CASE("a long cumsum in f32 does not drift") {
  Tensor sums = cumsum(Tensor::full({1 << 20}, 0.1), 0);
  CHECK(numbers(sums.slice(0, sums.count() - 1, sums.count()))[0] ==
        Approx(0.1f * static_cast<double>(1 << 20)).epsilon(1e-7));
}

TEST_CASE("the bits of cumsum do not depend on strides or threads") {
  Tensor x = fractions({300, 517});
  CHECK(same_bits_on_any_threads([&] { return cumsum(x, 0); }));
  CHECK(numbers(cumsum(x, 1)) == numbers(cumsum(x.transpose(), 0).transpose()));
}
