// Whole numbers and truth values against loops over places.
#include "tutti/ops/integer.h"

#include <cmath>

#include "places.h"
#include "support/errors.h"
#include "tutti/ops/clamp.h"
#include "tutti/ops/logic.h"
#include "tutti/ops/where.h"

using namespace tutti;
using namespace tutti::test;

namespace {

using Long = std::int64_t;

// f(a, b) of every pair, computed in i64 and cut to T.
template <class T, class F, class G>
void check(F op, G f, const Tensor& a, const Tensor& b) {
  const Tensor found = op(a, b);
  REQUIRE(found.dtype() == dtype_of<T>());
  const Shape shape = broadcast(a.shape(), b.shape(), "test");
  REQUIRE(found.shape() == shape);
  const std::vector<T> x = a.expand(shape).to_vector<T>(), y = b.expand(shape).to_vector<T>(),
                       out = found.to_vector<T>();
  for (std::size_t i = 0; i < out.size(); ++i)
    REQUIRE(out[i] == static_cast<T>(f(static_cast<Long>(x[i]), static_cast<Long>(y[i]))));
}

Long floored(Long a, Long b) {
  return static_cast<Long>(std::floor(static_cast<long double>(a) / static_cast<long double>(b)));
}

template <class T>
void check_all(const Tensor& a, const Tensor& b) {
  INFO(a.dtype() << " " << a.shape() << " " << b.shape());
  check<T>([](auto& x, auto& y) { return x + y; }, [](Long x, Long y) { return x + y; }, a, b);
  check<T>([](auto& x, auto& y) { return x - y; }, [](Long x, Long y) { return x - y; }, a, b);
  check<T>([](auto& x, auto& y) { return x * y; }, [](Long x, Long y) { return x * y; }, a, b);
  check<T>([](auto& x, auto& y) { return maximum(x, y); },
           [](Long x, Long y) { return std::max(x, y); }, a, b);
  check<T>([](auto& x, auto& y) { return minimum(x, y); },
           [](Long x, Long y) { return std::min(x, y); }, a, b);
  const Tensor divisor = where(equal(b, 0), Tensor::full_like(b, 3), b);
  check<T>([](auto& x, auto& y) { return floor_divide(x, y); }, floored, a, divisor);
  check<T>([](auto& x, auto& y) { return remainder(x, y); },
           [](Long x, Long y) { return x - floored(x, y) * y; }, a, divisor);
}

}  // namespace

TEST_CASE("integer arithmetic, broadcast, strided and empty") {
  for (Dtype dtype : {Dtype::i32, Dtype::i64, Dtype::u8})
    for (const Shape& other : {Shape{7, 701}, Shape{701}, Shape{7, 1}, Shape{}}) {
      const Tensor a = whole_numbers({701, 7}, Dtype::i64, 3).to(dtype).transpose();
      const Tensor b = whole_numbers(other, Dtype::i64, 4).to(dtype);
      if (dtype == Dtype::i32) check_all<std::int32_t>(a, b);
      if (dtype == Dtype::i64) check_all<Long>(a, b);
      if (dtype == Dtype::u8) check_all<std::uint8_t>(a, b);
    }
  const Tensor none = Tensor::zeros({0, 3}, Dtype::i64);
  CHECK((none + none).shape() == Shape{0, 3});
  CHECK(floor_divide(none, none).shape() == Shape{0, 3});
}

TEST_CASE("integers wrap") {
  const std::int32_t least = std::numeric_limits<std::int32_t>::min();
  const Tensor x = Tensor::from(std::vector<std::int32_t>{least, -1, 2147483647}, {3});
  const auto same = [](const Tensor& y, std::vector<std::int32_t> expected) {
    CHECK(y.to_vector<std::int32_t>() == expected);
  };
  same(x + x, {0, -2, -2});
  same(x * x, {0, 1, 1});
  same(-x, {least, 1, -2147483647});
  same(x + 1, {least + 1, 0, least});
  same(2 - x, {least + 2, 3, -2147483645});
  same(x * 3 - 1, {2147483647, -4, 2147483644});
  same(floor_divide(x, -1), {least, 1, -2147483647});
  same(remainder(x, -1), {0, 0, 0});
  const Tensor least64 = Tensor::full({}, -0x1p63, Dtype::i64);
  CHECK(floor_divide(least64, -1).to_vector<Long>()[0] == std::numeric_limits<Long>::min());
  CHECK(numbers(Tensor::full({2}, 200, Dtype::u8) + 100) == Numbers{44, 44});
  CHECK(numbers(-Tensor::full({1}, 1, Dtype::u8)) == Numbers{255});
}

TEST_CASE("what integers cannot do is named") {
  const Tensor x = Tensor::arange(6, Dtype::i64).reshape({2, 3}), y = x.to(Dtype::f64);
  CHECK(contains(error_of([&] { floor_divide(x, x); }),
                 "floor_divide: found a divisor of 0 at position 0 of 6"));
  CHECK(contains(error_of([&] { remainder(x, 0); }), "remainder: found a divisor of 0"));
  CHECK(contains(error_of([&] { x + x.to(Dtype::i32); }), "add: found dtypes i64 and i32"));
  CHECK(contains(error_of([&] { x / x; }), "divide: found dtype i64"));
  CHECK(contains(error_of([&] { floor_divide(y, y); }), "expected one of i32 i64 u8"));
  CHECK(contains(error_of([&] { x + 0.5; }), "found numbers 1 and 0.5 for a tensor of i64"));
  CHECK(contains(error_of([&] { floor_divide(x, 2.5); }), "found number 2.5 for a tensor of i64"));
  CHECK(contains(error_of([&] { x + Tensor::ones({2}, Dtype::i64); }), "do not broadcast"));
  CHECK(contains(error_of([&] { x* Tensor(); }), "multiply: found an empty tensor"));
}

TEST_CASE("logic of any dtype") {
  const Tensor a = Tensor::from(std::vector<float>{0, 2, NAN, 0}, {4});
  const Tensor b = Tensor::from(std::vector<std::uint8_t>{7, 0, 1, 0, 0, 2, 0, 3}, {2, 4});
  CHECK(logical_and(a, b).dtype() == Dtype::u8);
  CHECK(numbers(logical_and(a, b)) == Numbers{0, 0, 1, 0, 0, 1, 0, 0});
  CHECK(numbers(logical_or(a, b)) == Numbers{1, 1, 1, 0, 0, 1, 1, 1});
  CHECK(numbers(logical_xor(a, b)) == Numbers{1, 1, 0, 0, 0, 0, 1, 1});
  CHECK(numbers(logical_not(a)) == Numbers{1, 0, 0, 1});
  CHECK(numbers(isnan(a)) == Numbers{0, 0, 1, 0});
  const double infinity = std::numeric_limits<double>::infinity();
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16})
    CHECK(numbers(isfinite(Tensor::from(Numbers{1, NAN, infinity, -infinity, 0}, {5}).to(dtype))) ==
          Numbers{1, 0, 0, 0, 1});
  CHECK(numbers(isfinite(b[0])) == Numbers{1, 1, 1, 1});
  CHECK(numbers(isnan(b[0])) == Numbers{0, 0, 0, 0});
  CHECK(contains(error_of([&] { logical_and(a, Tensor::zeros({3})); }), "do not broadcast"));
}

TEST_CASE("any and all over axes") {
  const Tensor x = Tensor::from(Numbers{0, 0, 0, 0, NAN, 1, 2, 3, 4}, {3, 3});
  CHECK(numbers(any(x)) == Numbers{1});
  CHECK(numbers(all(x)) == Numbers{0});
  CHECK(numbers(any(x, {1})) == Numbers{0, 1, 1});
  CHECK(numbers(all(x, {-1})) == Numbers{0, 0, 1});
  CHECK(numbers(any(x.transpose(), {1})) == Numbers{1, 1, 1});
  CHECK(all(x, {0}, true).shape() == Shape{1, 3});
  CHECK(all(x, {0, 1}).dtype() == Dtype::u8);
  const Tensor bytes = Tensor::full({3, 70000}, 0, Dtype::u8);
  bytes.slice(1, 69999, 70000).slice(0, 1, 2).fill(128);
  CHECK(numbers(any(bytes, {1})) == Numbers{0, 1, 0});
  const Tensor none = Tensor::zeros({0, 2});
  CHECK(numbers(any(none, {0})) == Numbers{0, 0});
  CHECK(numbers(all(none, {0})) == Numbers{1, 1});
  CHECK(any(none, {1}).shape() == Shape{0});
  CHECK(contains(error_of([&] { any(x, {2}); }), "any: found axis 2"));
}
