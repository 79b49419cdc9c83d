// gradient_check() finds what is wrong, and says where.
#include "support/errors.h"
#include "support/gradient_check.h"
#include "tutti/ops/math.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// x^2, whose derivative is off by `error` at one element, in one of the ways to compute it.
struct Square {
  static constexpr std::string_view name = "square";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = true;
  double error;
  bool recorded;
  Tensor forward(const Tensor& x) const { return x * x; }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>& x) const {
    V slope = g * x[0] * 2.0;
    if (recorded == std::same_as<V, Variable>) {
      Tensor off = Tensor::zeros(x[0].shape(), Dtype::f64);
      off.slice(0, 2, 3).copy_from(Tensor::full({1}, error, Dtype::f64));
      slope = slope + V(off);
    }
    return {slope};
  }
};

// x^2, whose recorded derivative does not depend on x where it should.
struct Forgetful {
  static constexpr std::string_view name = "forgetful";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = true;
  Tensor forward(const Tensor& x) const { return x * x; }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>& x) const {
    return {g * V(tensor_of(x[0])) * 2.0};
  }
};

Function square(double error, bool recorded) {
  return [=](const Inputs& x) { return sum(x[0]) + apply(Square{error, recorded}, x[1]); };
}

}  // namespace

TEST_CASE("a wrong derivative is named, with both numbers and the tolerance") {
  const Variable a(Tensor::full({2}, 1, Dtype::f64), true);
  const Variable b(Tensor::full({4}, 3, Dtype::f64), true);
  // Element 2 weighs 1 + 0.3 cos 2 = 0.875...: 6 * 0.875 = 5.25, and 0.5 more.
  const std::string fused = error_of([&] { gradient_check(square(0.5, false), {a, b}); });
  CHECK(contains(fused, "gradient_check: found 5.7509"));
  CHECK(contains(fused, "as the derivative by element 2 of input 1 [4], expected 5.2509"));
  CHECK(contains(fused, "within 1.25"));  // 2e-6 + 2e-6 * 5.25
  CHECK(contains(error_of([&] {
                   gradient_check(square(0.5, true), {a, b});
                 }),
                 "as the recorded derivative by element 2 of input 1"));
  auto forgetful = [](const Inputs& x) { return apply(Forgetful{}, x[0]); };
  CHECK(contains(error_of([&] { gradient_check(forgetful, {b}); }),
                 "as the second derivative by element 0 of input 0"));
  gradient_check(forgetful, {b}, {.second = false});
  gradient_check(square(0.5, false), {a, b}, {.absolute = 0.6});
  gradient_check(square(1e-7, false), {a, b});
  CHECK(contains(error_of([&] {
                   gradient_check(square(std::nan(""), false), {a, b});
                 }),
                 "found nan"));
}

TEST_CASE("gradient_check leaves the inputs as they were") {
  const Variable a(Tensor::full({2}, 1, Dtype::f64), true), b = input({4});
  const std::vector<double> before = b.value().to_vector<double>();
  gradient_check(square(0, false), {a, b});
  CHECK(b.value().to_vector<double>() == before);
  CHECK_THROWS_AS(gradient_check(square(1, false), {a, b}), Error);
  CHECK(b.value().to_vector<double>() == before);
  CHECK(!b.grad());
}

TEST_CASE("gradient_check refuses what it cannot move") {
  auto same = [](const Inputs& x) { return x[0] * 1.0; };
  const Variable x = input({3});
  auto said = [&](const Variable& given) {
    return error_of([&] { gradient_check(same, {given}); });
  };
  CHECK(contains(said(Variable(Tensor::zeros({3}), true)),
                 "found input 0 of f32, expected f64 leaves that require a gradient"));
  CHECK(contains(said(x.detach()), "found input 0 of f64 that requires no gradient"));
  CHECK(contains(said(x * 2.0), "found input 0 of f64 that an op computed"));
  CHECK(contains(error_of([&] { gradient_check(same, {}); }), "found no inputs"));
  CHECK(contains(error_of([&] { gradient_check(same, {x}, {.step = 0}); }), "found step 0"));
  CHECK(contains(error_of([&] { gradient_check([&](const Inputs&) { return x.detach(); }, {x}); }),
                 "depends on none of its inputs"));
}
