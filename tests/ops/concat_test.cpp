// concat, stack, split, chunk and select against the places that elements must have.
#include "tutti/ops/concat.h"

#include "places.h"
#include "tutti/ops/split.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("concat puts values one after the other, from any strides") {
  for (Dtype dtype :
       {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i32, Dtype::i64, Dtype::u8})
    for (int axis : {0, 1, 2, -1}) {
      INFO(dtype << " axis " << axis);
      Tensor a = counted({2, 3, 5}, dtype), c = counted({5, 2, 3}, dtype).permute({1, 2, 0});
      Tensor b = Tensor::full({1, 1, 1}, 7, dtype);
      Shape thin = a.shape(), none = a.shape();
      const int at = thin.axis(axis, "test");
      thin[at] = 1, none[at] = 0;
      Tensor joined = concat({a, b.expand(thin), Tensor(none, dtype, Device()), c}, axis);
      const std::int64_t extent = a.size(axis);
      REQUIRE(joined.dtype() == dtype);
      REQUIRE(joined.size(axis) == 2 * extent + 1);
      At from_a(a), from_c(c), found(joined);
      each_place(joined.shape(), [&](const Shape& place) {
        Shape its = place;
        if (its[at] > extent) its[at] -= extent + 1;
        double expected = place[at] == extent ? 7 : place[at] < extent ? from_a(its) : from_c(its);
        REQUIRE(found(place) == expected);
      });
    }
}

TEST_CASE("stack adds an axis") {
  Tensor a = counted({2, 3}), b = counted({3, 2}).transpose();
  CHECK(stack({a, b}).shape() == Shape{2, 2, 3});
  CHECK(numbers(stack({a, b}, 1)) == Numbers{0, 1, 2, 0, 2, 4, 3, 4, 5, 1, 3, 5});
  CHECK(numbers(stack({a, b}, -1)) == Numbers{0, 0, 1, 2, 2, 4, 3, 1, 4, 3, 5, 5});
  CHECK(stack({counted({}), counted({})}).shape() == Shape{2});
  CHECK_THROWS_AS(stack({a, counted({3, 2})}), Error);
  CHECK_THROWS_AS(stack({a, b}, 3), Error);
}

TEST_CASE("concat refuses what does not fit") {
  Tensor a = counted({2, 3});
  CHECK_THROWS_AS(concat({a, counted({2, 4})}, 0), Error);
  CHECK_THROWS_AS(concat({a, counted({2, 3, 1})}, 0), Error);
  CHECK_THROWS_AS(concat({a, counted({2, 3}, Dtype::f32)}, 0), Error);
  CHECK_THROWS_AS(concat({a, a}, 2), Error);
  CHECK_THROWS_AS(concat(std::vector<Tensor>{}), Error);
}

TEST_CASE("split cuts views, and concat joins them again") {
  Tensor x = counted({3, 7, 2}).transpose(0, 2);
  for (int axis : {0, 1, 2})
    for (const std::vector<Tensor>& parts : {split(x, 2, axis), chunk(x, 2, axis)}) {
      CHECK(parts[0].same_memory(x));
      CHECK(numbers(concat(parts, axis)) == numbers(x));
    }
  std::vector<Tensor> parts = split(x, {3, 0, 4}, 1);
  REQUIRE(parts.size() == 3);
  CHECK(parts[1].shape() == Shape{2, 0, 3});
  CHECK(numbers(parts[2]) == numbers(x.slice(1, 3, 7)));
  CHECK(split(x, 3, 1).back().shape() == Shape{2, 1, 3});
  CHECK(chunk(x, 4, 1).size() == 4);
  CHECK(chunk(x, 5, 1).size() == 4);  // 2 + 2 + 2 + 1, as in PyTorch
  CHECK(split(counted({0, 2}), 3).size() == 1);
  CHECK_THROWS_AS(split(x, {3, 3}, 1), Error);
  CHECK_THROWS_AS(split(x, {8, -1}, 1), Error);
  CHECK_THROWS_AS(split(x, 0, 1), Error);
}

TEST_CASE("select drops an axis and is a view") {
  Tensor x = counted({2, 3, 4});
  CHECK(numbers(select(x, 1, 2)) == Numbers{8, 9, 10, 11, 20, 21, 22, 23});
  CHECK(numbers(select(x, -1, -1)) == Numbers{3, 7, 11, 15, 19, 23});
  CHECK(select(x, 2, 0).same_memory(x));
  CHECK_THROWS_AS(select(x, 1, 3), Error);
  CHECK_THROWS_AS(select(x, 1, -4), Error);
}
