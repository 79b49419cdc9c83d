// Comparisons, where, bounds and extrema against C++'s own on every element.
#include "tutti/ops/compare.h"

#include <cmath>
#include <functional>

#include "places.h"
#include "tutti/ops/clamp.h"
#include "tutti/ops/where.h"

using namespace tutti;
using namespace tutti::test;

namespace {

const std::pair<Comparison, std::function<bool(double, double)>> comparisons[] = {
    {Comparison::less, std::less<>()},       {Comparison::less_equal, std::less_equal<>()},
    {Comparison::greater, std::greater<>()}, {Comparison::greater_equal, std::greater_equal<>()},
    {Comparison::equal, std::equal_to<>()},  {Comparison::not_equal, std::not_equal_to<>()}};

void check_compare(const Tensor& a, const Tensor& b) {
  Shape shape = broadcast(a.shape(), b.shape(), "test");
  INFO(a.dtype() << " " << a.shape() << " and " << b.shape());
  Numbers x = numbers(a.expand(shape)), y = numbers(b.expand(shape));
  for (const auto& [comparison, holds] : comparisons) {
    Tensor out = compare(comparison, a, b);
    REQUIRE(out.dtype() == Dtype::u8);
    REQUIRE(out.shape() == shape);
    Numbers expected;
    for (std::size_t i = 0; i < x.size(); ++i) expected.push_back(holds(x[i], y[i]));
    CHECK(numbers(out) == expected);
  }
}

}  // namespace

TEST_CASE("comparisons of every dtype, of broadcast and strided inputs") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::bf16, Dtype::i32, Dtype::i64}) {
    check_compare(whole_numbers({3, 701}, dtype), whole_numbers({3, 701}, dtype, 2));
    check_compare(whole_numbers({7, 3}, dtype).transpose(), whole_numbers({3, 1}, dtype, 2));
    check_compare(whole_numbers({2, 1, 5}, dtype), whole_numbers({4, 1}, dtype, 2));
    check_compare(whole_numbers({}, dtype), whole_numbers({0, 3}, dtype, 2));
  }
  check_compare(counted({300}, Dtype::u8), counted({1}, Dtype::u8));
  check_compare(Tensor::from(Numbers{NAN, 1, INFINITY, -0.0}, {4}),
                Tensor::from(Numbers{NAN, NAN, INFINITY, 0.0}, {4}));
  CHECK_THROWS_AS(less(counted({2}), counted({2}, Dtype::f32)), Error);
  CHECK_THROWS_AS(less(counted({2}), counted({3})), Error);
}

TEST_CASE("comparisons with numbers") {
  Tensor tokens = indices({5, 0, 7, 0}, {2, 2});
  CHECK(numbers(equal(tokens, 0)) == Numbers{0, 1, 0, 1});
  CHECK(numbers(not_equal(tokens, 0)) == Numbers{1, 0, 1, 0});
  CHECK(numbers(less(tokens, 7)) == Numbers{1, 1, 0, 1});
  CHECK(numbers(less_equal(tokens, 5)) == Numbers{1, 1, 0, 1});
  CHECK(numbers(greater(counted({3}), 0.5)) == Numbers{0, 1, 1});
  CHECK(numbers(greater_equal(Tensor::full({1}, 0.1), 0.1)) == Numbers{1});  // rounded alike
  CHECK_THROWS_AS(less(tokens, 0.5), Error);
  CHECK_THROWS_AS(less(tokens.to(Dtype::u8), -1), Error);
}

TEST_CASE("where chooses from broadcast and strided inputs of any dtype") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::i32, Dtype::i64, Dtype::u8}) {
    Tensor condition = equal(whole_numbers({3, 1}), 0), a = counted({601, 3}, dtype).transpose();
    Tensor b = Tensor::full({1}, 9, dtype);
    Numbers c = numbers(condition), x = numbers(a), expected;
    for (std::size_t i = 0; i < x.size(); ++i) expected.push_back(c[i / 601] != 0 ? x[i] : 9);
    CHECK(numbers(where(condition, a, b)) == expected);
    CHECK(numbers(where(condition, a, 9)) == expected);
    CHECK(where(condition, 1, a).dtype() == dtype);
  }
  Tensor weights = Tensor::from(Numbers{0, -0.5, NAN, 0}, {4});
  CHECK(numbers(where(weights, counted({4}), -1)) == Numbers{-1, 1, 2, -1});
  CHECK(numbers(where(counted({3}, Dtype::u8), counted({3}), -1)) == Numbers{-1, 1, 2});
  CHECK(where(weights, counted({0, 4}), 1).shape() == Shape{0, 4});
  CHECK_THROWS_AS(where(weights, counted({4}), counted({4}, Dtype::f32)), Error);
}

TEST_CASE("clamp, maximum and minimum") {
  Tensor x = Tensor::from(Numbers{-2, -1, 0, 3, NAN}, {5});
  Numbers bounded = numbers(clamp(x, -1, 2));
  CHECK(Numbers(bounded.begin(), bounded.end() - 1) == Numbers{-1, -1, 0, 2});
  CHECK(std::isnan(bounded[4]));
  CHECK_THROWS_AS(clamp(x, 1, 0), Error);
  Tensor a = whole_numbers({3, 37}, Dtype::f32), b = whole_numbers({37}, Dtype::f32, 2);
  Numbers left = numbers(a), right = numbers(b.expand({3, 37})), larger, smaller;
  for (std::size_t i = 0; i < left.size(); ++i) {
    larger.push_back(std::max(left[i], right[i]));
    smaller.push_back(std::min(left[i], right[i]));
  }
  CHECK(numbers(maximum(a, b)) == larger);
  CHECK(numbers(minimum(a, b)) == smaller);
  Tensor nan = Tensor::full({1}, NAN, Dtype::f64), one = Tensor::full({1}, 1, Dtype::f64);
  for (const Tensor& result :
       {maximum(nan, one), maximum(one, nan), minimum(nan, one), minimum(one, nan)})
    CHECK(std::isnan(result.item()));
  Tensor infinite = Tensor::full({1}, INFINITY, Dtype::f64);
  CHECK(maximum(infinite, infinite * -1.0).item() == INFINITY);
  CHECK(minimum(infinite, infinite * -1.0).item() == -INFINITY);
}
