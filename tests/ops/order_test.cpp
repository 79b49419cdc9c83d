// What is put in place, what is in order and running products, against plain loops.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "places.h"
#include "support/errors.h"
#include "tutti/ops/recurrence.h"
#include "tutti/ops/scatter.h"
#include "tutti/ops/sort.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// Stable and by insertion. NaN is more than every number.
std::vector<std::int64_t> ordered(const Numbers& x, bool descending) {
  std::vector<std::int64_t> places;
  const auto less = [](double a, double b) { return a < b || (std::isnan(b) && !std::isnan(a)); };
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::size_t at = places.size();
    const auto before = [&](std::size_t k) {
      const double other = x[static_cast<std::size_t>(places[k])];
      return descending ? less(other, x[i]) : less(x[i], other);
    };
    while (at > 0 && before(at - 1)) --at;
    places.insert(places.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::int64_t>(i));
  }
  return places;
}

void check_order(const Tensor& x, int axis, bool descending) {
  INFO(x.dtype() << " " << x.shape() << " axis " << axis << (descending ? " down" : " up"));
  const auto [values, indices] = sort(x, axis, descending);
  REQUIRE(values.dtype() == x.dtype());
  REQUIRE(values.shape() == x.shape());
  REQUIRE(indices.shape() == x.shape());
  CHECK(numbers(argsort(x, axis, descending)) == numbers(indices));
  const std::int64_t few = x.size(axis) / 3;
  const Ordered<Tensor> first = topk(x, few, axis, descending);
  At from(x), found(values), at(indices), first_at(first.indices), first_found(first.values);
  Shape starts = x.shape();
  starts[axis] = std::min<std::int64_t>(1, starts[axis]);
  each_place(starts, [&](Shape place) {
    Numbers line;
    for (place[axis] = 0; place[axis] < x.shape()[axis]; ++place[axis]) line.push_back(from(place));
    const std::vector<std::int64_t> expected = ordered(line, descending);
    for (std::size_t i = 0; i < line.size(); ++i) {
      place[axis] = static_cast<std::int64_t>(i);
      const double value = line[static_cast<std::size_t>(expected[i])];
      const auto same = [&](double y) {
        return y == value || (std::isnan(y) && std::isnan(value));
      };
      REQUIRE(at(place) == static_cast<double>(expected[i]));
      REQUIRE(same(found(place)));
      if (place[axis] >= few) continue;
      REQUIRE(first_at(place) == static_cast<double>(expected[i]));
      REQUIRE(same(first_found(place)));
    }
  });
}

std::string names(const std::function<void()>& f) {
  return error_of(f);
}

}  // namespace

TEST_CASE("elements in order along any axis, equal ones in their own") {
  for (bool descending : {false, true}) {
    for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::bf16, Dtype::i32, Dtype::i64})
      for (int axis : {0, 1, 2}) {
        check_order(whole_numbers({4, 37, 3}, dtype), axis, descending);
        check_order(fractions({5, 3, 7}).to(dtype).transpose(0, 2), axis, descending);
      }
    check_order(Tensor::arange(300, Dtype::i64).to(Dtype::u8), 0, descending);
    const double infinity = std::numeric_limits<double>::infinity();
    check_order(Tensor::from(Numbers{NAN, 1, -infinity, NAN, infinity, -0.0, 0, 1, -2}, {9}), 0,
                descending);
    check_order(Tensor::zeros({0, 3}), 0, descending);
    check_order(Tensor::zeros({0, 3}), 1, descending);
  }
  const Tensor large = Tensor::from(std::vector<std::int64_t>{(1ll << 53) + 1, 1ll << 53}, {2});
  CHECK(numbers(argsort(large)) == Numbers{1, 0});  // no double tells them apart
}

TEST_CASE("the order of elements does not depend on threads") {
  const Tensor x = whole_numbers({300, 517});
  CHECK(same_bits_on_any_threads([&] { return argsort(x, 1); }));
}

TEST_CASE("scatter puts values in order, scatter_add adds them") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::bf16, Dtype::i64, Dtype::u8})
    for (int axis : {0, 1, 2}) {
      const Tensor x = counted({4, 7, 3}, dtype).transpose(0, 2);
      std::vector<std::int64_t> some;
      for (int i = 0; i < 3 * 5 * 2; ++i) some.push_back(i * i % x.size(axis));
      const Tensor at = indices(some, {2, 5, 3}).transpose(0, 2).slice(axis == 1 ? 0 : 1, 0, 3);
      const Tensor values = whole_numbers(at.shape(), dtype, 9);
      if (at.size(0) > 3 || at.size(2) > 4) continue;
      INFO(dtype << " axis " << axis);
      At put(x), added(x), index(at), from(values);
      each_place(at.shape(), [&](const Shape& place) {
        Shape its = place;
        its[axis] = static_cast<std::int64_t>(index(place));
        put(its) = from(place);
        added(its) += from(place);
      });
      CHECK(numbers(scatter(x, axis, at, values)) == put.values());
      if (is_float(dtype)) CHECK(numbers(scatter_add(x, axis, at, values)) == added.values());
    }
  const Tensor x = counted({3});
  CHECK(numbers(scatter(x, 0, indices({2, 0}, {2}), 7)) == Numbers{7, 1, 7});
  CHECK(numbers(x) == Numbers{0, 1, 2});
  CHECK(numbers(scatter(x, 0, indices({}, {0}), 7)) == Numbers{0, 1, 2});
}

TEST_CASE("running products and recurrences against the plain loop") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::bf16})
    for (const Shape& shape : {Shape{3, 5, 4}, Shape{1, 4, 300}, Shape{7, 1, 1}, Shape{2, 0, 3}})
      for (int axis : {0, 1, 2})
        for (bool reverse : {false, true}) {
          // Halves and whole numbers below 4^7: exact in every dtype but for bf16, of which the
          // running state is not rounded.
          const Tensor a = (whole_numbers(shape, Dtype::f64, 3) * 0.5).to(dtype);
          const Tensor b = whole_numbers(shape, dtype, 4);
          const Tensor x = axis == 2 ? a.slice(2, 0, std::min<std::int64_t>(4, a.size(2))) : a;
          const Tensor y = b.slice(2, 0, x.size(2));
          INFO(dtype << " " << x.shape() << " axis " << axis << " reverse " << reverse);
          const Tensor products = cumprod(x, axis, reverse),
                       states = linear_recurrence(x, y, axis, reverse);
          At factor(x), added(y), product(products), state(states);
          const std::int64_t last = x.size(axis) - 1;
          const auto rounded = [&](double value) {
            return Tensor::full({}, value, Dtype::f64).to(dtype).item();
          };
          each_place(x.shape(), [&](const Shape& place) {
            double p = 1, s = 0;
            Shape its = place;
            const std::int64_t step = reverse ? -1 : 1;
            for (its[axis] = reverse ? last : 0; its[axis] != place[axis] + step;
                 its[axis] += step) {
              p *= factor(its);
              s = factor(its) * s + added(its);
            }
            REQUIRE(product(place) == rounded(p));
            REQUIRE(state(place) == rounded(s));
          });
        }
  const Tensor x = fractions({300, 517});
  CHECK(same_bits_on_any_threads([&] { return cumprod(x, 0); }));
  CHECK(numbers(cumprod(x, 1)) == numbers(cumprod(x.transpose(), 0).transpose()));
}

TEST_CASE("what does not fit in its place or order is named") {
  const Tensor x = counted({2, 3}), at = indices({0, 2}, {1, 2});
  CHECK(contains(names([&] { topk(x, 4); }), "topk: found 4 elements asked for along axis -1"));
  CHECK(contains(names([&] { sort(x, 2); }), "sort: found axis 2"));
  CHECK(contains(names([&] { sort(Tensor::zeros({}), 0); }), "sort: found axis 0"));
  CHECK(contains(names([&] {
                   scatter(x, 1, at, Tensor::zeros({2, 2}, Dtype::f64));
                 }),
                 "scatter: found values [2, 2] of f64 for indices [1, 2]"));
  CHECK(contains(names([&] {
                   scatter_add(x, 1, at, Tensor::zeros({1, 2}));
                 }),
                 "scatter_add: found values [1, 2] of f32"));
  CHECK(contains(names([&] { scatter(x, 0, at, 1); }), "scatter: found index 2 at position 1"));
  CHECK(contains(names([&] { scatter(x, 0, at.to(Dtype::i32), 1); }), "expected i64"));
  CHECK(contains(names([&] { scatter(x, 0, Tensor(), 1); }), "scatter: found no indices"));
  CHECK(contains(names([&] { linear_recurrence(x, x.transpose(), 0); }),
                 "linear_recurrence: found shapes [2, 3] and [3, 2]"));
  CHECK(contains(names([&] { linear_recurrence(x, Tensor(), 0); }), "found an empty tensor"));
  CHECK(contains(names([&] { cumprod(x, -3); }), "cumprod: found axis -3"));
  CHECK(contains(names([&] { cumprod(x.to(Dtype::i64), 0); }), "found dtype i64"));
}
