// Products, extrema, norms and logsumexp: dtypes, strides, nothing to combine, numbers at the edge.
#include <cmath>

#include "places.h"
#include "support/errors.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/norm.h"
#include "tutti/ops/product.h"

using namespace tutti;
using namespace tutti::test;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// f over the elements of x at every place of the result, by axes 0 and 2 of three.
template <class F>
void check(const Tensor& found, const Tensor& x, double within, F f) {
  REQUIRE(found.shape() == Shape{x.size(1)});
  At from(x);
  const Numbers values = numbers(found);
  for (std::int64_t j = 0; j < x.size(1); ++j) {
    Numbers line;
    each_place({x.size(0), x.size(2)}, [&](const Shape& place) {
      line.push_back(from({place[0], j, place[1]}));
    });
    const double expected = f(line);
    REQUIRE(std::abs(values[static_cast<std::size_t>(j)] - expected) <=
            within * std::max(1.0, std::abs(expected)));
  }
}

// f32: sums of at most 1,500 numbers in pairs, and a few roundings more.
double within(Dtype dtype) {
  return dtype == Dtype::f64 ? 1e-13 : dtype == Dtype::f32 ? 2e-6 : 1e-2;
}

}  // namespace

TEST_CASE("reductions of any dtype and stride against the plain loop") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16})
    for (const Tensor& x : {fractions({3, 5, 4}, Dtype::f64).to(dtype),
                            fractions({71, 2, 21}, Dtype::f64).to(dtype).transpose(0, 2),
                            fractions({1, 3, 1}, Dtype::f64).to(dtype)}) {
      INFO(dtype << " " << x.shape());
      const auto sum_of = [](auto f) {
        return [f](const Numbers& line) {
          double sum = 0;
          for (double value : line) sum += f(value);
          return sum;
        };
      };
      const double close = within(dtype);
      const auto exponentials = sum_of([](double v) { return std::exp(v); });
      const auto squares = sum_of([](double v) { return v * v; });
      check(logsumexp(x, {0, 2}), x, close,
            [&](const Numbers& line) { return std::log(exponentials(line)); });
      check(norm(x, 1, {0, -1}), x, close, sum_of([](double v) { return std::abs(v); }));
      check(norm(x, 2, {0, 2}), x, close,
            [&](const Numbers& line) { return std::sqrt(squares(line)); });
      const auto largest = [](const Numbers& line) {
        double most = 0;
        for (double v : line) most = std::max(most, std::abs(v));
        return most;
      };
      check(norm(x, infinity, {0, 2}), x, 0, largest);
      check(min(x, {0, 2}), x, 0,
            [](const Numbers& line) { return *std::min_element(line.begin(), line.end()); });
      const Tensor near_one = (x.to(Dtype::f64) * 0.1 + 1.0).to(dtype);
      check(prod(near_one, {0, 2}), near_one, 20 * close, [](const Numbers& line) {
        double product = 1;
        for (double v : line) product *= v;
        return product;
      });
      CHECK(norm(x).shape() == Shape{});
      CHECK(logsumexp(x, {1}, true).shape() == Shape{x.size(0), 1, x.size(2)});
      CHECK(prod(x, {-1}, true).dtype() == dtype);
    }
}

TEST_CASE("extrema and products of integers") {
  const Tensor x = Tensor::from(std::vector<std::int32_t>{3, -2, 7, 5, -2147483647 - 1, 2}, {2, 3});
  CHECK(min(x, {1}).dtype() == Dtype::i32);
  CHECK(numbers(min(x, {1})) == Numbers{-2, -2147483648.0});
  CHECK(prod(x, {0}).dtype() == Dtype::i64);
  CHECK(prod(x, {0}).to_vector<std::int64_t>() == std::vector<std::int64_t>{15, 4294967296, 14});
  const Tensor bytes = Tensor::arange(3, 203, 1, Dtype::u8).reshape({2, 100});
  CHECK(min(bytes, {1}).dtype() == Dtype::u8);
  CHECK(numbers(min(bytes, {1})) == Numbers{3, 103});
  CHECK(numbers(max(bytes.transpose(), {0})) == Numbers{102, 202});
  CHECK(prod(Tensor::full({64}, 2, Dtype::i64)).to_vector<std::int64_t>()[0] == 0);  // wrapped
  CHECK(numbers(argmin(Tensor::from(Numbers{2, -1, -1, 3}, {4}))) == Numbers{1});
  CHECK(numbers(argmin(Tensor::from(Numbers{2, NAN, -1}, {3}).to(Dtype::bf16))) == Numbers{1});
}

TEST_CASE("means and variances of 16-bit floats are those in f32, rounded once") {
  for (Dtype dtype : {Dtype::f16, Dtype::bf16}) {
    const Tensor x = (fractions({300, 700}) + 30.0).to(dtype), wide = x.to(Dtype::f32);
    CHECK(numbers(mean(x)) == numbers(mean(wide).to(dtype)));  // the sum is beyond f16
    CHECK(numbers(var(x, {1})) == numbers(var(wide, {1}).to(dtype)));
  }
}

TEST_CASE("products, norms and logsumexp of nothing") {
  const Tensor none = Tensor::zeros({0, 2});
  CHECK(numbers(prod(none, {0})) == Numbers{1, 1});
  CHECK(numbers(logsumexp(none, {0})) == Numbers{-infinity, -infinity});
  for (double p : {1.0, 2.0, infinity}) CHECK(numbers(norm(none, p, {0})) == Numbers{0, 0});
  CHECK(prod(none, {1}).shape() == Shape{0});
  CHECK(contains(error_of([&] { min(none, {0}); }), "min: found shape [0, 2]"));
}

TEST_CASE("logsumexp at the edge of its type") {
  const auto of = [](const Numbers& values, Dtype dtype) {
    return logsumexp(Tensor::from(values, {static_cast<std::int64_t>(values.size())}).to(dtype))
        .item();
  };
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    CHECK(of({1000, 1000}, dtype) == Approx(1000 + std::log(2.0)));
    CHECK(of({-1000, -1000}, dtype) == Approx(-1000 + std::log(2.0)));
    CHECK(of({-infinity, 3}, dtype) == 3);
    CHECK(of({-infinity, -infinity}, dtype) == -infinity);
    CHECK(of({infinity, 3}, dtype) == infinity);
    CHECK(std::isnan(of({NAN, 3}, dtype)));
  }
  Variable x(Tensor::full({2}, -infinity, Dtype::f64), true);
  CHECK(numbers(grad(logsumexp(x), {x})[0].value()) == Numbers{0, 0});
}

TEST_CASE("the norm's gradient at 0 is 0") {
  Variable x(Tensor::zeros({3}, Dtype::f64), true);
  for (double p : {1.0, 2.0, infinity})
    CHECK(numbers(grad(norm(x, p), {x})[0].value()) == Numbers{0, 0, 0});
}

TEST_CASE("products and norms do not depend on threads or strides") {
  const Tensor x = fractions({517, 300});
  for (auto f : {+[](const Tensor& t) { return prod(t + 1.0, {0}); },
                 +[](const Tensor& t) { return norm(t, 2, {0}); },
                 +[](const Tensor& t) { return logsumexp(t, {0}); }}) {
    CHECK(same_bits_on_any_threads([&] { return f(x); }));
    CHECK(numbers(f(x)) == numbers(f(x.transpose().clone().transpose())));
  }
}

TEST_CASE("what reductions do not take is named") {
  const Tensor x = counted({2, 3});
  CHECK(contains(error_of([&] { norm(x, 3); }), "norm: found p = 3, expected 1, 2 or infinity"));
  CHECK(contains(error_of([&] { prod(x, {2}); }), "prod: found axis 2"));
  CHECK(contains(error_of([&] { logsumexp(x.to(Dtype::i64)); }), "logsumexp: found dtype i64"));
}
