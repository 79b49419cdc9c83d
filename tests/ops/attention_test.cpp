// attention against PyTorch's numbers, the naive loops in f64, and central differences.
#include "tutti/ops/attention.h"

#include "cpu_launch.h"
#include "support/golden.h"
#include "support/gradient_check.h"
#include "tutti/ops/dropout.h"
#include "tutti/ops/where.h"

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
    REQUIRE((std::isfinite(values[i]) && std::isfinite(expected[i])));
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

}  // namespace

// Both compute in f64, of values of order 1, in another order.
TEST_CASE("attention gives PyTorch's numbers") {
  for (const std::string& name : Golden::names("attention")) {
    INFO(name);
    const Golden golden("attention", name);
    AttentionOptions options{.causal = !golden.has("mask")};
    if (golden.has("scale")) options.scale = golden.number("scale");
    Tensor mask;
    if (golden.has("mask")) mask = golden.tensor("mask");
    if (mask && mask.dtype() == Dtype::i64)  // PyTorch's masks of booleans say what is seen
      mask = where(mask, Tensor::zeros(mask.shape(), Dtype::f64),
                   Tensor::full(mask.shape(), -infinity, Dtype::f64));
    Variable q(golden.tensor("q"), true), k(golden.tensor("k"), true), v(golden.tensor("v"), true);
    Variable y = attention(q, k, v, options, mask);
    CHECK(largest_difference(y.value(), golden.tensor("y")) < 1e-13);
    y.backward({.seed = golden.tensor("dy")});
    CHECK(largest_difference(q.grad(), golden.tensor("dq")) < 1e-13);
    CHECK(largest_difference(k.grad(), golden.tensor("dk")) < 1e-13);
    CHECK(largest_difference(v.grad(), golden.tensor("dv")) < 1e-13);
  }
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

TEST_CASE("heads of k and v that several of q's read count as often as copies") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (auto [heads, kv_heads] : {std::pair<std::int64_t, std::int64_t>{6, 2}, {3, 1}})
      for (auto [t, s] : {std::pair<std::int64_t, std::int64_t>{5, 3}, {66, 130}, {0, 3}, {3, 0}})
        for (bool causal : {false, true}) {
          INFO(dtype << " heads " << heads << " t " << t << " s " << s << causal);
          const std::int64_t group = heads / kv_heads;
          Variable q(fractions({2, heads, t, 5}, dtype, 1), true);
          Variable k(fractions({2, kv_heads, s, 5}, dtype, 2), true);
          Variable v(fractions({2, kv_heads, s, 7}, dtype, 3), true);
          auto copies = [&](const Variable& x) {
            Tensor one = x.value().reshape({2, kv_heads, 1, s, x.size(-1)});
            return Variable(
                one.expand({2, kv_heads, group, s, x.size(-1)}).reshape({2, heads, s, x.size(-1)}),
                true);
          };
          Variable all_k = copies(k), all_v = copies(v);
          Tensor mask = some_hidden(t, s, dtype), seed = fractions({2, heads, t, 7}, dtype, 4);
          Variable y = attention(q, k, v, {.causal = causal}, mask);
          CHECK(numbers(y.value()) ==
                numbers(attention(q, all_k, all_v, {.causal = causal}, mask).value()));
          y.backward({.seed = seed});
          Tensor dq = q.grad().clone();
          q.zero_grad();
          attention(q, all_k, all_v, {.causal = causal}, mask).backward({.seed = seed});
          CHECK(numbers(dq) == numbers(q.grad()));
          auto summed = [&](const Variable& x) {
            return sum(x.grad().reshape({2, kv_heads, group, s, x.size(-1)}), {2});
          };
          // Sums of up to 6 * 66 numbers below 1.
          const double bound = dtype == Dtype::f32 ? 2e-5 : 4e-14;
          CHECK(worst(k.grad(), numbers(summed(all_k))) < bound);
          CHECK(worst(v.grad(), numbers(summed(all_v))) < bound);
        }
}

TEST_CASE("queries from an offset on are rows of the whole sequence's attention") {
  const std::int64_t s = 150;
  Variable q(fractions({2, s, 6}, Dtype::f64, 1), true),
      k(fractions({2, s, 6}, Dtype::f64, 2), true);
  Variable v(fractions({2, s, 4}, Dtype::f64, 3), true);
  Tensor seed = fractions({2, s, 4}, Dtype::f64, 4);
  for (auto [offset, t] : {std::pair<std::int64_t, std::int64_t>{0, 150},
                           {1, 149},
                           {63, 65},
                           {64, 70},
                           {149, 1},
                           {100, 7}}) {
    INFO("offset " << offset << " t " << t);
    const std::int64_t end = offset + t;
    Tensor rows = Tensor::zeros(seed.shape(), Dtype::f64);  // what later queries give is left out
    rows.slice(1, offset, end).copy_from(seed.slice(1, offset, end));
    for (const Variable& x : {q, k, v}) Variable(x).zero_grad();
    Variable whole = attention(q, k, v, {.causal = true});
    whole.backward({.seed = rows});
    Variable some(q.value().slice(1, offset, end), true), a(k.value(), true), b(v.value(), true);
    Variable y = attention(some, a, b, {.causal = true, .offset = offset});
    // Keys come in other tiles: sums of 150 numbers below 1 in another order.
    CHECK(worst(y.value(), numbers(whole.value().slice(1, offset, end))) < 1e-14);
    y.backward({.seed = seed.slice(1, offset, end)});
    CHECK(worst(some.grad(), numbers(q.grad().slice(1, offset, end))) < 1e-13);
    CHECK(worst(a.grad(), numbers(k.grad())) < 1e-13);
    CHECK(worst(b.grad(), numbers(v.grad())) < 1e-13);
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

TEST_CASE(
    "differentiable gradients see a key under the least of numbers, not one under -infinity") {
  const double least = std::numeric_limits<double>::lowest();
  const Tensor mask = Tensor::from(
      std::vector<double>{least, -infinity, least, 0, -infinity, 1, 0, least, 1}, {3, 3});
  Inputs x{input({3, 2}, -2, 2, 1), input({3, 2}, -2, 2, 2), input({3, 2}, -1, 1, 3)};
  const double scale = 1 / std::sqrt(2.0);
  const Variable y = attention(x[0], x[1], x[2], {}, mask),
                 whole = matmul(softmax(matmul(x[0], transpose(x[1])) * scale + mask), x[2]);
  CHECK(worst(y.value(), numbers(whole.value())) < 1e-14);
  auto found = grad(sum(sin(y)), x, {.create_graph = true}), expected = grad(sum(sin(whole)), x);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(worst(found[i].value(), numbers(expected[i].value())) < 1e-14);
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
  check_gradients(attend({.causal = true, .offset = 1}, {}), x);
  Inputs grouped{input({2, 4, 3, 2}, -2, 2, 1), input({2, 2, 4, 2}, -2, 2, 2),
                 input({2, 2, 4, 1}, -1, 1, 3)};
  check_gradients(attend({.causal = true}, {}), grouped);
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

TEST_CASE("dropout multiplies the probabilities by a mask") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (auto [t, s, offset] : {std::array<std::int64_t, 3>{1, 1, 0},
                                {5, 3, 0},
                                {3, 270, 0},
                                {66, 130, 0},
                                {130, 67, 0},
                                {70, 75, 5},
                                {2, 150, 147}})
      for (bool causal : {false, true}) {
        INFO(dtype << " t " << t << " s " << s << " offset " << offset << causal);
        Variable q(fractions({2, 4, t, 5}, dtype, 1), true), k(fractions({2, 2, s, 5}, dtype, 2));
        Variable v(fractions({2, 2, s, 3}, dtype, 3), true);
        k = Variable(k.value(), true);
        const Tensor seed = fractions({2, 4, t, 3}, dtype, 4);
        Variable y = attention(
            q, k, v, {.causal = causal, .offset = offset, .dropout = 0.3, .draw = {7, 9}});
        // The whole matrix, by other ops.
        auto copies = [&](const Variable& x) {
          return reshape(expand(reshape(x, {2, 2, 1, s, x.size(-1)}), {2, 2, 2, s, x.size(-1)}),
                         {2, 4, s, x.size(-1)});
        };
        const Tensor drawn =
            dropout_mask(Tensor::zeros({2, 4, t, (s + 3) / 4 * 4}, dtype), 0.3, 7, 9);
        std::vector<double> hidden;
        for (std::int64_t i = 0; i < t; ++i)
          for (std::int64_t j = 0; j < s; ++j)
            hidden.push_back(causal && j > offset + i ? -infinity : 0);
        Variable scores = matmul(q, transpose(copies(k))) * (1 / std::sqrt(5.0));
        Variable p = softmax(scores + Tensor::from(hidden, {t, s}).to(dtype));
        Variable expected = matmul(p * drawn.slice(-1, 0, s), copies(v));
        // Numbers of order 1 in sums of up to 270, in another order.
        const double bound = dtype == Dtype::f32 ? 1e-5 : 2e-14;
        CHECK(worst(y.value(), numbers(expected.value())) < bound);
        const auto mine = grad(y, {q, k, v}, {.seed = Variable(seed)});
        const auto other = grad(expected, {q, k, v}, {.seed = Variable(seed)});
        for (std::size_t i = 0; i < 3; ++i)
          CHECK(worst(mine[i].value(), numbers(other[i].value())) < 8 * bound);
      }
}

TEST_CASE("no dropout draws nothing; calls of other draws drop others") {
  Tensor q = fractions({2, 70, 4}), k = fractions({2, 70, 4}, Dtype::f32, 2);
  auto attend = [&](double dropout, RandomDraw draw) {
    return numbers(attention(q, k, k, {.dropout = dropout, .draw = draw}));
  };
  CHECK(attend(0, {3, 4}) == numbers(attention(q, k, k)));
  CHECK(attend(0.5, {3, 4}) == attend(0.5, {3, 4}));
  CHECK(attend(0.5, {3, 4}) != attend(0.5, {3, 5}));
  CHECK(attend(0.5, {3, 4}) != attend(0.5, {4, 4}));
  // Values of 1 give the sums of what is left of a row's probabilities, which are 1 in the mean:
  // 1,000 equal ones of deviation 1 in each of 128 rows, six deviations.
  Tensor even = Tensor::zeros({128, 4});
  Tensor sums = attention(even, Tensor::zeros({1000, 4}), Tensor::full({1000, 1}, 1),
                          {.dropout = 0.5, .draw = {1, 2}});
  CHECK(mean(sums).item() == Approx(1).margin(6 / std::sqrt(128000.0)));
}

TEST_CASE("gradients of attention with dropout") {
  Inputs x{input({2, 3, 2}, -2, 2, 1), input({2, 5, 2}, -2, 2, 2), input({2, 5, 3}, -1, 1, 3)};
  for (bool causal : {false, true})
    check_gradients(
        [=](const Inputs& in) {
          return attention(in[0], in[1], in[2], {.causal = causal, .dropout = 0.4, .draw = {5, 6}});
        },
        x);
  Inputs large{input({2, 66, 2}, -2, 2, 1), input({1, 67, 2}, -2, 2, 2),
               input({1, 67, 1}, -1, 1, 3)};
  Function f = [](const Inputs& in) {
    return sum(sin(attention(in[0], in[1], in[2], {.dropout = 0.4, .draw = {5, 6}})));
  };
  auto fused = grad(f(large), large), composed = grad(f(large), large, {.create_graph = true});
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(worst(fused[i].value(), numbers(composed[i].value())) < 1e-13);
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
      Variable a(q, true), b(k, true), c(v, true);
      Variable y = attention(a, b, c, {.causal = true, .dropout = 0.1});
      y.backward({.seed = seed});
      return std::array{y.value(), a.grad(), b.grad(), c.grad()}[i];
    }));
}

TEST_CASE("attention names what does not fit") {
  Tensor q = Tensor::zeros({2, 3, 4});
  CHECK_THROWS_WITH(
      attention(q, Tensor::zeros({2, 3, 5}), q),
      "attention: found q [2, 3, 4], k [2, 3, 5] and v [2, 3, 4], expected [..., t, "
      "d], [..., s, d] and [..., s, e] with equal leading axes, the last of which may be "
      "a divisor in k and v");
  CHECK_THROWS_WITH(attention(q, q, q, {.offset = -1}),
                    "attention: found offset -1, expected 0 or more");
  for (double dropout : {-0.1, 1.0, std::nan("")})
    CHECK_THROWS_WITH(attention(q, q, q, {.dropout = dropout}),
                      text("attention: found dropout ", dropout, ", expected 0 <= dropout < 1"));
  CHECK_THROWS_AS(
      attention(Tensor::zeros({4, 3, 2}), Tensor::zeros({3, 3, 2}), Tensor::zeros({3, 3, 2})),
      Error);
  CHECK_THROWS_AS(
      attention(Tensor::zeros({4, 3, 2}), Tensor::zeros({0, 3, 2}), Tensor::zeros({0, 3, 2})),
      Error);
  CHECK_THROWS_AS(
      attention(Tensor::zeros({2, 3, 2}), Tensor::zeros({4, 3, 2}), Tensor::zeros({4, 3, 2})),
      Error);
  CHECK_THROWS_AS(attention(Tensor::zeros({4, 2, 3, 2}), Tensor::zeros({2, 2, 3, 2}),
                            Tensor::zeros({2, 2, 3, 2})),
                  Error);
  CHECK_THROWS_AS(attention(q, Tensor::zeros({1, 3, 4}), q), Error);
  CHECK_THROWS_AS(attention(q, q, Tensor::zeros({2, 4, 4})), Error);
  CHECK_THROWS_AS(attention(Tensor::zeros({4}), q, q), Error);
  CHECK_THROWS_AS(attention(q, q, q, {}, Tensor::zeros({3, 4})), Error);
  CHECK_THROWS_AS(attention(q, q, q, {}, Tensor::zeros({2, 2, 3, 3})), Error);
  CHECK_THROWS_AS(attention(q, q, q, {}, Tensor::zeros({3, 3}, Dtype::f64)), Error);
}
