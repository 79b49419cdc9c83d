// Floats of several dtypes in one op: f32 where they meet, and gradients in each one's own dtype.
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

TEST_CASE("f64 and integers meet with themselves alone") {
  const Tensor narrow = Tensor::zeros({2}), wide = Tensor::zeros({2}, Dtype::f64);
  const Tensor whole = Tensor::zeros({2}, Dtype::i32);
  auto said = [](auto f) { return error_of(f); };
  CHECK(contains(said([&] { narrow + wide; }), "found dtypes f32 and f64"));
  CHECK(contains(said([&] { Variable(wide) * narrow; }), "found dtypes f64 and f32"));
  CHECK(contains(said([&] { narrow / whole; }), "found dtype i32"));
  CHECK(contains(said([&] { less(narrow, wide); }), "compare: found dtypes f32 and f64"));
  CHECK(contains(said([&] { where(whole, narrow, whole); }), "where: found dtypes f32 and i32"));
  CHECK(contains(said([&] { concat({narrow, whole}); }), "f32"));
  CHECK(contains(said([&] { concat({whole, narrow}); }), "i32"));
  CHECK(contains(said([&] { layer_norm(narrow, wide); }),
                 "layer_norm: found dtypes f32 and f64, expected f64 for all or for none"));
}
