// Other shapes and orders against loops over places.
#include "places.h"
#include "support/errors.h"
#include "tutti/ops/pad.h"
#include "tutti/ops/roll.h"
#include "tutti/ops/triangle.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// result[place] == x[source(place)], or `otherwise` where source gives a place outside x.
template <class Source>
void check(const Tensor& result, const Tensor& x, double otherwise, Source source) {
  INFO(x.dtype() << " " << x.shape() << " to " << result.shape());
  REQUIRE(result.dtype() == x.dtype());
  At from(x), found(result);
  each_place(result.shape(), [&](const Shape& place) {
    const Shape its = source(place);
    bool inside = true;
    for (int i = 0; i < its.rank(); ++i) inside = inside && its[i] >= 0 && its[i] < x.shape()[i];
    REQUIRE(found(place) == (inside ? from(its) : otherwise));
  });
}

constexpr Dtype all_dtypes[] = {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16,
                                Dtype::i32, Dtype::i64, Dtype::u8};

// Some are strided, one is empty.
std::vector<Tensor> samples(Dtype dtype) {
  return {counted({3, 5, 4}, dtype), counted({4, 5, 3}, dtype).transpose(0, 2),
          counted({1, 7, 1}, dtype), counted({2, 0, 3}, dtype)};
}

}  // namespace

TEST_CASE("axes of extent 1 come and go") {
  const Tensor x = counted({1, 3, 1, 2});
  CHECK(squeeze(x).shape() == Shape{3, 2});
  CHECK(squeeze(x, 0).shape() == Shape{3, 1, 2});
  CHECK(squeeze(x, -2).shape() == Shape{1, 3, 2});
  CHECK(squeeze(x).same_memory(x));
  CHECK(squeeze(Tensor::zeros({1, 1})).shape() == Shape{});
  CHECK(unsqueeze(counted({2, 3}), 0).shape() == Shape{1, 2, 3});
  CHECK(unsqueeze(counted({2, 3}), -1).shape() == Shape{2, 3, 1});
  CHECK(unsqueeze(counted({2, 3}).transpose(), 1).strides()[2] == 3);
  CHECK(contains(error_of([&] { squeeze(x, 1); }), "squeeze: found extent 3 along axis 1"));
  CHECK(contains(error_of([&] { unsqueeze(x, 5); }), "unsqueeze: found axis 5"));
}

TEST_CASE("flatten joins neighbouring axes") {
  const Tensor x = counted({2, 3, 4});
  CHECK(flatten(x).shape() == Shape{24});
  CHECK(flatten(x, 1).shape() == Shape{2, 12});
  CHECK(flatten(x, 0, -2).shape() == Shape{6, 4});
  CHECK(flatten(x, 1, 1).shape() == Shape{2, 3, 4});
  CHECK(flatten(Tensor::zeros({})).shape() == Shape{1});
  CHECK(numbers(flatten(x.transpose(0, 1))) == numbers(x.transpose(0, 1).clone()));
  CHECK(contains(error_of([&] { flatten(x, 2, 1); }), "flatten: found axes 2 to 1"));
}

TEST_CASE("roll, flip and repeat") {
  for (Dtype dtype : all_dtypes)
    for (const Tensor& x : samples(dtype)) {
      const auto turned = [&](Shape place, int axis, std::int64_t shift) {
        const std::int64_t n = x.shape()[axis];
        place[axis] = ((place[axis] - shift) % n + n) % n;
        return place;
      };
      for (int axis : {0, 1, 2})
        for (std::int64_t shift : {0, 1, -2, 7, -700})
          check(roll(x, shift, axis), x, 0,
                [&](const Shape& place) { return turned(place, axis, shift); });
      check(roll(x, {1, -1}, {0, -1}), x, 0,
            [&](const Shape& place) { return turned(turned(place, 0, 1), 2, -1); });
      check(flip(x, {0, -1}), x, 0, [&](Shape place) {
        for (int axis : {0, 2}) place[axis] = x.shape()[axis] - 1 - place[axis];
        return place;
      });
      const Tensor twice = repeat(x, {2, 1, 3, 2});
      REQUIRE(twice.shape() == Shape{2, x.size(0), 3 * x.size(1), 2 * x.size(2)});
      check(twice, x, 0, [&](const Shape& place) {
        return Shape{place[1], place[2] % x.size(1), place[3] % x.size(2)};
      });
    }
  CHECK(repeat(counted({2}), {0}).shape() == Shape{0});
  CHECK(numbers(repeat(Tensor::full({}, 3), {2})) == Numbers{3, 3});
}

TEST_CASE("pad sets a margin") {
  for (Dtype dtype : all_dtypes)
    for (const Tensor& x : samples(dtype)) {
      const Tensor y = pad(x, {1, 0, 2}, {0, 3, 1}, 7);
      REQUIRE(y.shape() == Shape{x.size(0) + 1, x.size(1) + 3, x.size(2) + 3});
      check(y, x, 7, [](const Shape& place) {
        return Shape{place[0] - 1, place[1], place[2] - 2};
      });
    }
  CHECK(pad(Tensor::zeros({}), {}, {}).shape() == Shape{});
}

TEST_CASE("triangles") {
  for (std::int64_t rows : {0, 1, 4, 5})
    for (std::int64_t columns : {0, 1, 3, 7})
      for (std::int64_t diagonal : {-9, -2, 0, 1, 6}) {
        const Tensor lower = tril_mask(rows, columns, diagonal);
        const Tensor upper = triu_mask(rows, columns, diagonal);
        REQUIRE(lower.dtype() == Dtype::u8);
        REQUIRE(lower.shape() == Shape{rows, columns});
        At below(lower), above(upper);
        each_place({rows, columns}, [&](const Shape& place) {
          REQUIRE(below(place) == (place[1] - place[0] <= diagonal));
          REQUIRE(above(place) == (place[1] - place[0] >= diagonal));
        });
      }
  for (Dtype dtype : all_dtypes)
    for (const Tensor& x : samples(dtype)) {
      check(tril(x), x, 0, [](const Shape& place) {
        return place[2] <= place[1] ? place : Shape{-1, 0, 0};
      });
      check(triu(x, 1), x, 0, [](const Shape& place) {
        return place[2] > place[1] ? place : Shape{-1, 0, 0};
      });
    }
  CHECK(numbers(tril(Tensor::full({2, 2}, NAN)).slice(0, 0, 1).slice(1, 1, 2)) == Numbers{0});
}

TEST_CASE("masked_fill changes what the mask says") {
  const Tensor x = counted({2, 3}, Dtype::i32), mask = less(Tensor::arange(3), 2);
  CHECK(numbers(masked_fill(x, mask, 9)) == Numbers{9, 9, 2, 9, 9, 5});
  CHECK(numbers(x) == Numbers{0, 1, 2, 3, 4, 5});
  CHECK(contains(error_of([&] {
                   masked_fill(x[0], mask.expand({2, 3}), 1);
                 }),
                 "masked_fill: found a mask of shape [2, 3]"));
}

TEST_CASE("shapes that do not fit are named") {
  const Tensor x = counted({2, 3});
  CHECK(contains(error_of([&] { pad(x, {1}, {1}); }), "pad: found margins [1] and [1]"));
  CHECK(contains(error_of([&] { pad(x, {0, -1}, {0, 0}); }), "expected 0 or more for each axis"));
  CHECK(contains(error_of([&] { roll(x, 1, 2); }), "roll: found axis 2"));
  CHECK(contains(error_of([&] { roll(x, {1, 1}, {0}); }), "roll: found 2 shifts along 1 axes"));
  CHECK(contains(error_of([&] { repeat(x, {2}); }), "repeat: found [2] times for shape [2, 3]"));
  CHECK(contains(error_of([&] { repeat(x, {2, -1}); }), "expected 0 or more"));
  CHECK(contains(error_of([&] { tril(x[0]); }), "tril: found shape [3]"));
}
