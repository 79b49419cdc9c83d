// Several dtypes in one op: f32 where floats meet, and gradients in each one's own dtype; the
// float's where an integer meets it.
#include "support/catch.h"
#include "support/errors.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/clamp.h"
#include "tutti/ops/concat.h"
#include "tutti/ops/layer_norm.h"
#include "tutti/ops/where.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

constexpr Dtype met[] = {Dtype::f32, Dtype::f16, Dtype::bf16};

// Thirds, which no float dtype holds: a rounding too many shows.
Tensor thirds(const Shape& shape, Dtype dtype, int seed) {
  std::vector<float> values(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>((i * 29 + static_cast<std::size_t>(seed) * 7) % 53 + 1) / 3;
  return Tensor::from(values, shape).to(dtype);
}

std::vector<float> numbers(const Tensor& x) {
  return x.to(Dtype::f32).to_vector<float>();
}

// f of a and b as they are, and of both in f32: the same bits.
template <class F>
void check(F f) {
  for (Dtype first : met)
    for (Dtype second : met) {
      if (first == second) continue;
      INFO(first << " and " << second);
      const Tensor a = thirds({3, 5}, first, 1), b = thirds({5}, second, 2);
      const Tensor wide_a = a.to(Dtype::f32), wide_b = b.to(Dtype::f32);
      const Tensor out = f(a, b);
      REQUIRE(out.dtype() == f(wide_a, wide_b).dtype());
      CHECK(numbers(out) == numbers(f(wide_a, wide_b)));
    }
}

// The same on variables, whose gradients arrive rounded to each one's dtype.
template <class F>
void check_recorded(F f) {
  check(f);
  for (Dtype second : {Dtype::f16, Dtype::bf16}) {
    INFO("f32 and " << second);
    const Variable a(thirds({3, 5}, Dtype::f32, 1), true), b(thirds({5}, second, 2), true);
    const Variable wide_a(a.value(), true), wide_b(b.value().to(Dtype::f32), true);
    const Tensor seed = Tensor::full(f(wide_a, wide_b).shape(), 0.75);
    const auto narrow = grad(f(a, b), {a, b}, {.seed = seed});
    const auto wide = grad(f(wide_a, wide_b), {wide_a, wide_b}, {.seed = seed});
    CHECK(narrow[0].dtype() == Dtype::f32);
    CHECK(narrow[1].dtype() == second);
    CHECK(numbers(narrow[0].value()) == numbers(wide[0].value()));
    CHECK(numbers(narrow[1].value()) == numbers(wide[1].value().to(second)));
    // A constant on either side.
    CHECK(f(a.value(), b).dtype() == Dtype::f32);
    CHECK(f(a, b.value()).dtype() == Dtype::f32);
  }
}

}  // namespace

TEST_CASE("f32, f16 and bf16 meet in f32") {
  check_recorded([](const auto& a, const auto& b) { return a + b; });
  check_recorded([](const auto& a, const auto& b) { return a - b; });
  check_recorded([](const auto& a, const auto& b) { return a * b; });
  check_recorded([](const auto& a, const auto& b) { return a / b; });
  check_recorded([](const auto& a, const auto& b) { return maximum(a, b); });
  check_recorded([](const auto& a, const auto& b) { return minimum(a, b); });
  check_recorded([](const auto& a, const auto& b) { return where(less(tensor_of(a), 9), a, b); });
  check([](const auto& a, const auto& b) { return less(a, b); });
  check([](const auto& a, const auto& b) { return equal(a, b); });
  check([](const auto& a, const auto& b) { return layer_norm(a, b); });
  check([](const auto& a, const auto& b) { return concat({a, expand(b, a.shape())}); });
}

TEST_CASE("in a concatenation, too, each gets its gradient in its dtype") {
  const Variable a(thirds({2, 3}, Dtype::bf16, 1), true), b(thirds({1, 3}, Dtype::f32, 2), true);
  const Variable joined = concat({a, b, a});
  REQUIRE(joined.dtype() == Dtype::f32);
  const auto gradients = grad(sum(joined), {a, b});
  CHECK(gradients[0].dtype() == Dtype::bf16);
  CHECK(numbers(gradients[0].value()) == std::vector<float>(6, 2));
  CHECK(gradients[1].dtype() == Dtype::f32);
}

TEST_CASE("an integer meets a float in the float's dtype") {
  for (Dtype whole : {Dtype::u8, Dtype::i32, Dtype::i64})
    for (Dtype real : {Dtype::f64, Dtype::f32, Dtype::f16, Dtype::bf16}) {
      INFO(whole << " and " << real);
      // 259 is no bf16; u8 holds 3.
      const Tensor n = Tensor::from({0, 1, -7, 259, 100}, {5}).to(whole), n_real = n.to(real);
      const Variable x(thirds({3, 5}, real, 1), true), constant(n), constant_real(n_real);
      const auto same = [&](auto f) {
        const Variable out = f(x, constant), expected = f(x, constant_real);
        REQUIRE(out.dtype() == real);
        CHECK(out.value().to(Dtype::f64).template to_vector<double>() ==
              expected.value().to(Dtype::f64).template to_vector<double>());
        const auto g = grad(sum(out), {x}), g_expected = grad(sum(expected), {x});
        CHECK(g[0].dtype() == real);
        CHECK(numbers(g[0].value()) == numbers(g_expected[0].value()));
        CHECK(numbers(f(constant, x).value()) == numbers(f(constant_real, x).value()));
        CHECK(numbers(f(x.value(), n)) == numbers(f(x.value(), n_real)));
      };
      same([](const auto& a, const auto& b) { return a + b; });
      same([](const auto& a, const auto& b) { return a - b; });
      same([](const auto& a, const auto& b) { return a * b; });
      same([](const auto& a, const auto& b) { return maximum(a, b); });
      same([](const auto& a, const auto& b) { return minimum(a, b); });
      same([](const auto& a, const auto& b) { return where(less(tensor_of(a), 9), a, b); });
      CHECK(numbers((n / x).value()) == numbers((n_real / x).value()));
      CHECK(numbers(less(x, n)) == numbers(less(x, n_real)));
      CHECK(numbers(equal(n, n_real)) == std::vector<float>(5, 1));
      const Tensor joined = concat({n, n_real, n});
      CHECK(joined.dtype() == real);
      CHECK(numbers(joined) == numbers(concat({n_real, n_real, n_real})));
    }
  const Tensor v = Tensor::from({-1.5f, 2.5f}, {2});
  CHECK(numbers(v * greater(v, 0)) == std::vector<float>{0, 2.5f});
}

TEST_CASE("f64 and integers of two dtypes do not meet") {
  const Tensor narrow = Tensor::zeros({2}), wide = Tensor::zeros({2}, Dtype::f64);
  const Tensor whole = Tensor::zeros({2}, Dtype::i32), longer = Tensor::zeros({2}, Dtype::i64);
  auto said = [](auto f) { return error_of(f); };
  CHECK(said([&] { narrow + wide; }) ==
        "add: found dtypes f32 and f64 for shapes [2] and [2], expected one; convert with cast(x, "
        "Dtype)");
  CHECK(contains(said([&] { narrow - wide; }), "subtract: found dtypes f32 and f64"));
  CHECK(contains(said([&] { Variable(wide) * narrow; }), "found dtypes f64 and f32"));
  CHECK(said([&] { whole / whole; }) ==
        "divide: found dtype i32, expected f32, f64, f16 or bf16; convert with cast(x, "
        "Dtype::f32)");
  CHECK(contains(said([&] { longer / 3; }), "divide: found dtype i64, expected f32"));
  CHECK(contains(said([&] { mean(whole); }), "mean: found dtype i32, expected f32"));
  CHECK(contains(said([&] { maximum(whole, longer); }), "maximum: found dtypes i32 and i64"));
  CHECK(contains(said([&] { narrow + Tensor::zeros({5}); }), "add: shapes [2] and [5] do not"));
  CHECK(contains(said([&] { less(narrow, wide); }), "compare: found dtypes f32 and f64"));
  CHECK(contains(said([&] { less(whole, longer); }), "compare: found dtypes i32 and i64"));
  CHECK(contains(said([&] { where(whole, longer, whole); }), "where: found dtypes i64 and i32"));
  CHECK(contains(said([&] { concat({narrow, wide}); }), "of f32 and [2] of f64"));
  CHECK(contains(said([&] { concat({whole, longer}); }), "of i32 and [2] of i64"));
  CHECK(contains(said([&] { layer_norm(narrow, wide); }),
                 "layer_norm: found dtypes f32 and f64, expected f64 for all or for none"));
}
