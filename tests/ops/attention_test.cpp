// attention against PyTorch's numbers, the naive loops in f64, and central differences.
#include "tutti/ops/attention.h"

#include "cpu_launch.h"
#include "golden/attention.h"
#include "support/golden_numbers.h"
#include "support/gradient_check.h"

using namespace tutti;
using namespace tutti::test;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// By the definition, row by row, for [heads, rows, width].
std::vector<double> naive(const Tensor& q, const Tensor& k, const Tensor& v, double scale,
                          bool causal, const Tensor& mask) {
  const std::int64_t heads = q.size(0), t = q.size(1), s = k.size(1), d = q.size(2), e = v.size(2);
  auto a = numbers(q), b = numbers(k), c = numbers(v);
  std::vector<double> added(static_cast<std::size_t>(heads * t * s));
  if (mask) added = numbers(mask.expand({heads, t, s}));
  std::vector<double> out;
  for (std::int64_t row = 0; row < heads * t; ++row) {
    const std::int64_t head = row / t;
    std::vector<double> x;
    double largest = -infinity, sum = 0;
    for (std::int64_t j = 0; j < s; ++j) {
      double product = 0;
      for (std::int64_t p = 0; p < d; ++p)
        product += a[std::size_t(row * d + p)] * b[std::size_t((head * s + j) * d + p)];
      bool hidden = causal && j > row % t;
      x.push_back(hidden ? -infinity : scale * product + added[std::size_t(row * s + j)]);
      largest = std::max(largest, x.back());
    }
    for (double& value : x) {
      value = largest == -infinity ? 0 : std::exp(value - largest);
      sum += value;
    }
    for (std::int64_t p = 0; p < e; ++p) {
      double y = 0;
      for (std::int64_t j = 0; j < s; ++j)
        y += x[std::size_t(j)] * c[std::size_t((head * s + j) * e + p)];
      out.push_back(sum == 0 ? 0 : y / sum);
    }
  }
  return out;
}

double worst(const Tensor& x, const std::vector<double>& expected) {
  auto values = numbers(x);
  REQUIRE(values.size() == expected.size());
  double result = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    REQUIRE(std::isfinite(values[i]));
    result = std::max(result, std::abs(values[i] - expected[i]));
  }
  return result;
}

// Of the pairs [t, s], in C order, every third is hidden, and all of row 1.
Tensor some_hidden(std::int64_t t, std::int64_t s, Dtype dtype) {
  std::vector<double> mask;
  for (std::int64_t i = 0; i < t * s; ++i)
    mask.push_back(i % 3 == 0 || i / s == 1 ? -infinity : 0.25 * static_cast<double>(i % 5));
  return Tensor::from(mask, {t, s}).to(dtype);
}

void check_golden(std::int64_t s, bool causal, const Tensor& mask, std::span<const double> y,
                  std::span<const double> dq, std::span<const double> dk,
                  std::span<const double> dv) {
  Variable q(golden_input(0, {2, 2, 5, 3}, 4), true), k(golden_input(1, {2, 2, s, 3}, 4), true);
  Variable v(golden_input(2, {2, 2, s, 3}), true);
  Variable out = attention(q, k, v, {.causal = causal}, mask);
  CHECK(golden_difference(out.value(), y) < 1e-13);
  out.backward({.seed = golden_input(3, {2, 2, 5, 3})});
  CHECK(golden_difference(q.grad(), dq) < 1e-13);
  CHECK(golden_difference(k.grad(), dk) < 1e-13);
  CHECK(golden_difference(v.grad(), dv) < 1e-13);
}

}  // namespace

TEST_CASE("attention gives PyTorch's numbers") {
  namespace expected = golden::attention;
  check_golden(5, true, {}, expected::causal_y, expected::causal_dq, expected::causal_dk,
               expected::causal_dv);
  std::vector<double> hidden;
  for (int i = 0; i < 30; ++i) hidden.push_back(5 * i % 7 == 0 || 5 * i % 7 == 3 ? -infinity : 0);
  check_golden(6, false, Tensor::from(hidden, {5, 6}), expected::masked_y, expected::masked_dq,
               expected::masked_dk, expected::masked_dv);
  check_golden(6, false, golden_input(4, {5, 6}, 4), expected::added_y, expected::added_dq,
               expected::added_dk, expected::added_dv);
}

TEST_CASE("attention equals the naive loops") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (auto [t, s] : {std::pair<std::int64_t, std::int64_t>{1, 1},
                        {5, 3},
                        {64, 64},
                        {65, 130},
                        {130, 65},
                        {7, 200}})
      for (auto [d, e] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {5, 3}, {16, 24}, {33, 40}})
        for (bool causal : {false, true}) {
          INFO(dtype << " t " << t << " s " << s << " d " << d << " e " << e << causal);
          Tensor q = fractions({3, t, d}, dtype, 1) * 3.0, k = fractions({3, s, d}, dtype, 2) * 3.0;
          Tensor v = fractions({3, s, e}, dtype, 3);
          const double scale = 1 / std::sqrt(static_cast<double>(d));
          // Scores up to 50 are rounded before exp: 50 * 2^-24 relative, and some tens of
          // roundings.
          const double bound = dtype == Dtype::f32 ? 1e-5 : 2e-14;
          CHECK(worst(attention(q, k, v, {.causal = causal}), naive(q, k, v, scale, causal, {})) <
                bound);
          Tensor mask = some_hidden(t, s, dtype);
          CHECK(worst(attention(q, k, v, {.causal = causal, .scale = 0.3}, mask),
                      naive(q, k, v, 0.3, causal, mask)) < bound);
          // A mask along the keys alone, as for padded sequences.
          Tensor row = fractions({3, 1, s}, dtype, 4);
          CHECK(worst(attention(q, k, v, {.causal = causal}, row),
                      naive(q, k, v, scale, causal, row)) < bound);
        }
}

TEST_CASE("attention reads what lies in [n, t, heads, width], and writes so") {
  Tensor all = fractions({2, 9, 3, 3, 8});  // n, t, three parts, heads, width
  auto part = [&](std::int64_t i) {
    return all.slice(2, i, i + 1).reshape({2, 9, 3, 8}).permute({0, 2, 1, 3});
  };
  Variable q(part(0), true), k(part(1), true), v(part(2), true);
  Variable y = attention(q, k, v, {.causal = true});
  CHECK(y.value().permute({0, 2, 1, 3}).is_dense());
  Variable a(part(0).contiguous(), true), b(part(1).contiguous(), true);
  Variable c(part(2).contiguous(), true);
  Variable expected = attention(a, b, c, {.causal = true});
  CHECK(numbers(y.value()) == numbers(expected.value()));
  Tensor seed = fractions({2, 9, 3, 8}, Dtype::f32, 6).permute({0, 2, 1, 3});
  y.backward({.seed = seed});
  expected.backward({.seed = seed.contiguous()});
  CHECK(numbers(q.grad()) == numbers(a.grad()));
  CHECK(numbers(k.grad()) == numbers(b.grad()));
  CHECK(numbers(v.grad()) == numbers(c.grad()));
}

TEST_CASE("gradients of attention") {
  auto attend = [](AttentionOptions options, Tensor mask) {
    return [=](const Inputs& in) { return attention(in[0], in[1], in[2], options, mask); };
  };
  Inputs x{input({2, 3, 2}, -2, 2, 1), input({2, 4, 2}, -2, 2, 2), input({2, 4, 3}, -1, 1, 3)};
  check_gradients(attend({}, {}), x);
  check_gradients(attend({.causal = true, .scale = 0.5}, {}), x);
  check_gradients(attend({}, some_hidden(3, 4, Dtype::f64)), x);
  check_gradients(attend({.causal = true}, some_hidden(3, 4, Dtype::f64)), x);
  check_gradients(attend({}, input({2, 1, 4}).value()), x);
  // Several tiles; the gradient of the gradient is composed of other ops and would only be slow.
  for (bool causal : {false, true}) {
    Inputs large{input({66, 2}, -2, 2, 1), input({67, 2}, -2, 2, 2), input({67, 1}, -1, 1, 3)};
    gradient_check(attend({.causal = causal}, {}), large, {.second = false});
    Function f = [=](const Inputs& in) {
      return sum(sin(attention(in[0], in[1], in[2], {.causal = causal})));
    };
    auto fused = grad(f(large), large), composed = grad(f(large), large, {.create_graph = true});
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(worst(fused[i].value(), numbers(composed[i].value())) < 1e-13);
  }
  // One gradient alone.
  for (std::size_t i = 0; i < 3; ++i) {
    Inputs one{x[0].detach(), x[1].detach(), x[2].detach()};
    one[i] = x[i];
    Function f = [=](const Inputs& in) {
      Inputs all = one;
      all[i] = in[0];
      return attention(all[0], all[1], all[2]);
    };
    check_gradients(f, {x[i]});
  }
}

TEST_CASE("attention to nothing gives 0") {
  Variable q(fractions({2, 3, 4}), true), k(Tensor::zeros({2, 0, 4}), true);
  Variable v(Tensor::zeros({2, 0, 5}), true);
  Variable y = attention(q, k, v);
  CHECK(numbers(y.value()) == std::vector<double>(30));
  sum(y).backward();
  CHECK(numbers(q.grad()) == std::vector<double>(24));
  CHECK(attention(Tensor::zeros({2, 0, 4}), fractions({2, 3, 4}), fractions({2, 3, 4})).shape() ==
        Shape{2, 0, 4});
}

TEST_CASE("the bits of attention do not depend on threads") {
  Tensor q = fractions({6, 150, 32}), k = fractions({6, 150, 32}, Dtype::f32, 3);
  Tensor v = fractions({6, 150, 32}, Dtype::f32, 4), seed = fractions({6, 150, 32}, Dtype::f32, 5);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(same_bits_on_any_threads([&] {
      Variable a(q, true), b(k, true), c(v, true), y = attention(a, b, c, {.causal = true});
      y.backward({.seed = seed});
      return std::array{y.value(), a.grad(), b.grad(), c.grad()}[i];
    }));
}

TEST_CASE("attention names what does not fit") {
  Tensor q = Tensor::zeros({2, 3, 4});
  CHECK_THROWS_WITH(attention(q, Tensor::zeros({2, 3, 5}), q),
                    "attention: found q [2, 3, 4], k [2, 3, 5] and v [2, 3, 4], expected [..., t, "
                    "d], [..., s, d] and [..., s, e] with equal leading axes");
  CHECK_THROWS_AS(attention(q, Tensor::zeros({1, 3, 4}), q), Error);
  CHECK_THROWS_AS(attention(q, q, Tensor::zeros({2, 4, 4})), Error);
  CHECK_THROWS_AS(attention(Tensor::zeros({4}), q, q), Error);
  CHECK_THROWS_AS(attention(q, q, q, {}, Tensor::zeros({3, 4})), Error);
  CHECK_THROWS_AS(attention(q, q, q, {}, Tensor::zeros({2, 2, 3, 3})), Error);
  CHECK_THROWS_AS(attention(q, q, q, {}, Tensor::zeros({3, 3}, Dtype::f64)), Error);
}
