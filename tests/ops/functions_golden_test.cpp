// Functions of tensors and their gradients against PyTorch's, both in f64.
#include <functional>

#include "support/catch.h"
#include "support/golden.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/clamp.h"
#include "tutti/ops/norm.h"
#include "tutti/ops/product.h"
#include "tutti/ops/roll.h"
#include "tutti/ops/rounding.h"
#include "tutti/ops/scatter.h"
#include "tutti/ops/sort.h"
#include "tutti/ops/triangle.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// Sums of at most 60 numbers of order 10 and functions that err by a few units in the last place:
// differences stay below 1e-13. PyTorch's softplus is x from 20 on, which is off by exp(-20).
constexpr double bound = 1e-12;

// f(x) or f(x, v) where the case has a v, its value and the gradients by both.
void check(const char* name, const std::function<Variable(const Variable&, const Variable&)>& f,
           double within = bound) {
  INFO(name);
  Golden golden("functions", name);
  const bool two = golden.has("v");
  Variable x(golden.tensor("x"), true), v;
  if (two) v = Variable(golden.tensor("v"), true);
  const Variable y = f(x, v);
  CHECK(largest_difference(y.value(), golden.tensor("y")) < within);
  if (!golden.has("dy")) return;
  const std::vector<Variable> inputs = two ? std::vector{x, v} : std::vector{x};
  const std::vector<Variable> g = grad(y, inputs, {.seed = golden.tensor("dy")});
  CHECK(largest_difference(g[0].value(), golden.tensor("dx")) < within);
  if (two) CHECK(largest_difference(g[1].value(), golden.tensor("dv")) < within);
}

template <class F>
void check_unary(const char* name, F f, double within = bound) {
  check(
      name, [f](const Variable& x, const Variable&) { return f(x); }, within);
}

Tensor indices_of(const char* name) {
  return Golden("functions", name).tensor("indices");
}

}  // namespace

TEST_CASE("reductions as PyTorch's") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  check_unary("sum", [](const Variable& x) { return sum(x, {0, 2}); });
  check_unary("mean", [](const Variable& x) { return mean(x, {0, -1}, true); });
  check_unary("var", [](const Variable& x) { return var(x, {0, 2}); });
  check_unary("var0", [](const Variable& x) { return var(x, {1}, 0, true); });
  check_unary("amax", [](const Variable& x) { return max(x, {0, 2}); });
  check_unary("amin", [](const Variable& x) { return min(x, {1}); });
  check_unary("prod", [](const Variable& x) { return prod(x, {1}); });
  check_unary("prod_all", [](const Variable& x) { return prod(x); });
  check_unary("logsumexp", [](const Variable& x) { return logsumexp(x, {0, 2}); });
  check_unary("norm1", [](const Variable& x) { return norm(x, 1, {1, 2}); });
  check_unary("norm2", [](const Variable& x) { return norm(x, 2, {0, 2}); });
  check_unary("norminf", [](const Variable& x) { return norm(x, infinity, {0}); });
}

TEST_CASE("running products as PyTorch's, zeros among them") {
  check_unary("cumprod", [](const Variable& x) { return cumprod(x, 1); });
  check_unary("cumprod0", [](const Variable& x) { return cumprod(x, 0); });
}

TEST_CASE("other shapes and orders as PyTorch's") {
  check_unary("roll", [](const Variable& x) { return roll(x, {2, -1}, {1, 2}); });
  check_unary("flip", [](const Variable& x) { return flip(x, {0, 2}); });
  check_unary("pad", [](const Variable& x) { return pad(x, {1, 0, 1}, {1, 2, 0}, 0.5); });
  check_unary("repeat", [](const Variable& x) { return repeat(x, {2, 1, 3, 2}); });
  check_unary("tril", [](const Variable& x) { return tril(x, -1); });
  check_unary("triu", [](const Variable& x) { return triu(x, 1); });
}

TEST_CASE("choices of elements as PyTorch's, beside gather and where") {
  const Tensor mask = Golden("functions", "masked_fill").tensor("mask");
  check_unary("masked_fill", [&](const Variable& x) { return masked_fill(x, mask, -1.5); });
  check("scatter_add", [](const Variable& x, const Variable& v) {
    return scatter_add(x, 1, indices_of("scatter_add"), v);
  });
  check("scatter", [](const Variable& x, const Variable& v) {
    return scatter(x, 1, indices_of("scatter"), v);
  });
  check("maximum", [](const Variable& x, const Variable& v) { return maximum(x, v); });
  check("minimum", [](const Variable& x, const Variable& v) { return minimum(x, v); });
}

TEST_CASE("elements in order as PyTorch's") {
  check_unary("sort", [](const Variable& x) { return sort(x, 1).values; });
  check_unary("sort_down", [](const Variable& x) { return sort(x, 0, true).values; });
  check_unary("topk", [](const Variable& x) { return topk(x, 2).values; });
  check_unary("topk_least", [](const Variable& x) { return topk(x, 2, 1, false).values; });
  const Tensor x = Golden("functions", "sort").tensor("x");
  CHECK(sort(x, 1).indices.to_vector<std::int64_t>() ==
        indices_of("sort").to_vector<std::int64_t>());
  CHECK(topk(x, 2).indices.to_vector<std::int64_t>() ==
        indices_of("topk").to_vector<std::int64_t>());
}

TEST_CASE("elementwise functions as PyTorch's") {
  check_unary("tanh", [](const Variable& x) { return tanh(x); });
  check_unary("sigmoid", [](const Variable& x) { return sigmoid(x); });
  check_unary(
      "softplus", [](const Variable& x) { return softplus(x); }, 1e-10);
  check_unary("silu", [](const Variable& x) { return silu(x); });
  check_unary("relu6", [](const Variable& x) { return relu6(x); });
  check_unary("elu", [](const Variable& x) { return elu(x); });
  check_unary("leaky_relu", [](const Variable& x) { return leaky_relu(x); });
  check_unary("erf", [](const Variable& x) { return erf(x); });
  check_unary("sin", [](const Variable& x) { return sin(x); });
  check_unary("cos", [](const Variable& x) { return cos(x); });
  check_unary("abs", [](const Variable& x) { return abs(x); });
  check_unary("log1p", [](const Variable& x) { return log1p(x); });
  check_unary(
      "expm1", [](const Variable& x) { return expm1(x); }, 1e-15);
  check_unary("pow", [](const Variable& x) { return pow(x, 2.5); });
  check_unary("sign", [](const Variable& x) { return sign(x); });
  check_unary("floor", [](const Variable& x) { return floor(x); });
  check_unary("ceil", [](const Variable& x) { return ceil(x); });
  check_unary("round", [](const Variable& x) { return round(x); });
  check_unary("round_halves", [](const Variable& x) { return round(x); });
}

TEST_CASE("whole quotients and remainders as PyTorch's") {
  Golden golden("functions", "integers");
  const Tensor a = golden.tensor("a"), b = golden.tensor("b");
  CHECK(floor_divide(a, b).to_vector<std::int64_t>() ==
        golden.tensor("floor_divide").to_vector<std::int64_t>());
  CHECK(remainder(a, b).to_vector<std::int64_t>() ==
        golden.tensor("remainder").to_vector<std::int64_t>());
}
