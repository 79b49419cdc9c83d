// Products of derivatives with vectors against closed forms, differences and PyTorch's numbers.
#include "tutti/autograd/products.h"

#include <cmath>

#include "support/errors.h"
#include "support/golden.h"
#include "support/gradient_check.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/cross_entropy.h"
#include "tutti/ops/math.h"
#include "tutti/ops/matmul.h"

using namespace tutti;
using namespace tutti::test;

namespace {

std::vector<double> numbers(const Variable& x) {
  return x.value().to_vector<double>();
}

void check_close(const Variable& found, const std::vector<double>& expected, double tolerance) {
  const std::vector<double> values = numbers(found);
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    REQUIRE(std::abs(values[i] - expected[i]) <= tolerance * (1 + std::abs(expected[i])));
}

Inputs detached(const Inputs& x) {
  Inputs out;
  for (const Variable& each : x) out.push_back(each.detach());
  return out;
}

Inputs moved(const Inputs& x, const Inputs& v, double step) {
  Inputs out;
  for (std::size_t i = 0; i < x.size(); ++i) out.push_back(x[i].detach() + v[i] * step);
  return out;
}

Variable net(const Inputs& x) {
  return tanh(linear(sin(x[0]) * x[0], x[1], x[2]));
}

Variable energy(const Inputs& x) {
  return sum(net(x) * net(x) * exp(x[2]));
}

struct Setting {
  Inputs x{input({3, 4}), input({5, 4}, -1, 1, 2), input({5}, -1, 1, 3)};
  Inputs v = detached({input({3, 4}, -1, 1, 4), input({5, 4}, -1, 1, 5), input({5}, -1, 1, 6)});
};

}  // namespace

TEST_CASE("products of derivatives are PyTorch's") {
  auto layer = [](const Inputs& in) { return tanh(linear(in[0], in[1], in[2])); };
  const Tensor labels = Tensor::from(std::vector<std::int64_t>{3, 0, 4}, {3});
  auto loss = [&](const Inputs& in) { return cross_entropy(layer(in), labels); };
  auto three = [](const Golden& golden, const std::string& prefix) {
    Inputs out;
    for (const char* name : {"x", "w", "b"}) out.push_back(golden.tensor(prefix + name));
    return out;
  };
  // Both compute in f64, in another order, from values of order 1.
  auto check = [](const Variable& found, const Tensor& expected) {
    CHECK(largest_difference(found.value(), expected) < 1e-13);
  };
  auto check_each = [&](const Inputs& found, const Inputs& expected) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) check(found[i], expected[i].value());
  };
  {
    const Golden golden("products", "vjp");
    auto [y, product] = vjp(layer, three(golden, ""), golden.tensor("seed"));
    check(y, golden.tensor("y"));
    check_each(product, three(golden, "product_"));
  }
  {
    const Golden golden("products", "jvp");
    auto [y, product] = jvp(layer, three(golden, ""), three(golden, "v_"));
    check(y, golden.tensor("y"));
    check(product, golden.tensor("product"));
  }
  const Golden golden("products", "hvp");
  auto [y, product] = hvp(loss, three(golden, ""), three(golden, "v_"));
  check(y, golden.tensor("y"));
  check_each(product, three(golden, "product_"));
}

TEST_CASE("products of derivatives in closed form") {
  const Inputs x{input({6}, 0.5, 2)};
  const Inputs v = detached({input({6}, -1, 1, 2)});
  auto cube = [](const Inputs& in) { return in[0] * in[0] * in[0]; };
  std::vector<double> slope, curvature;
  for (std::size_t i = 0; i < 6; ++i) {
    slope.push_back(3 * std::pow(numbers(x[0])[i], 2) * numbers(v[0])[i]);
    curvature.push_back(6 * numbers(x[0])[i] * numbers(v[0])[i]);
  }
  check_close(jvp(cube, x, v).product, slope, 1e-14);
  check_close(vjp(cube, x, v[0]).product[0], slope, 1e-14);
  check_close(hvp([&](const Inputs& in) { return sum(cube(in)); }, x, v).product[0], curvature,
              1e-14);
  // A linear function: its Jacobian is the matrix, its Hessian nothing.
  const Variable w = input({4, 6}, -1, 1, 3).detach();
  auto product = [&](const Inputs& in) { return linear(in[0], w); };
  CHECK(numbers(jvp(product, x, v).product) == numbers(linear(v[0], w)));
  const Variable seed = input({4}, -1, 1, 4).detach();
  check_close(vjp(product, x, seed).product[0],
              numbers(linear(seed, Variable(w.value().transpose()))), 1e-14);
  CHECK(numbers(hvp([&](const Inputs& in) { return sum(product(in)); }, x, v).product[0]) ==
        std::vector<double>(6));
}

TEST_CASE("products of derivatives against differences") {
  const Setting s;
  constexpr double h = 1e-5;  // errs by about h^2 and 1e-16 / h
  const JacobianVectorProduct forward = jvp(net, s.x, s.v);
  CHECK(numbers(forward.value) == numbers(net(s.x)));
  check_close(forward.product,
              numbers((net(moved(s.x, s.v, h)) - net(moved(s.x, s.v, -h))) / (2 * h)), 1e-8);
  // <u, J v> = <J^T u, v>.
  const Variable u = input({3, 5}, -1, 1, 7).detach();
  double left = sum(u * forward.product).item(), right = 0;
  const VectorJacobianProduct back = vjp(net, s.x, u);
  for (std::size_t i = 0; i < 3; ++i) right += sum(back.product[i] * s.v[i]).item();
  CHECK(left == Approx(right).epsilon(1e-12));
  const VectorJacobianProduct curvature = hvp(energy, s.x, s.v);
  CHECK(curvature.value.item() == energy(s.x).item());
  auto slope = [](const Inputs& at) {
    Inputs leaves;
    for (const Variable& each : at) leaves.push_back(Variable(each.value(), true));
    return grad(energy(leaves), leaves);
  };
  const Inputs up = slope(moved(s.x, s.v, h)), down = slope(moved(s.x, s.v, -h));
  for (std::size_t i = 0; i < 3; ++i)
    check_close(curvature.product[i], numbers((up[i] - down[i]) / (2 * h)), 1e-8);
}

TEST_CASE("recorded products are differentiated again") {
  Setting s;
  check_gradients(
      [&](const Inputs& in) { return jvp(net, in, s.v, {.create_graph = true}).product; }, s.x);
  gradient_check(
      [&](const Inputs& in) { return hvp(energy, in, s.v, {.create_graph = true}).product[0]; },
      s.x, {.second = false});
  // By what the inputs were computed from, and by what f holds.
  Variable t = input({3, 4}), scale = input({3, 4}, 0.5, 1, 9);
  const Inputs seeds = detached({input({3, 4}, -1, 1, 2)});
  gradient_check(
      [&](const Inputs& in) {
        auto f = [&](const Inputs& y) { return y[0] * y[0] * in[1]; };
        return vjp(f, {in[0] * in[0]}, seeds[0], {.create_graph = true}).product[0];
      },
      {t, scale}, {.second = false});
  // Without create_graph the products are constants, and what the inputs came from keeps its tape.
  Variable root = input({3, 4});
  const Variable x = root * root;
  const JacobianVectorProduct plain =
      jvp([](const Inputs& in) { return sin(in[0]); }, {x}, {seeds[0]});
  CHECK(!plain.value.requires_grad());
  CHECK(!plain.product.requires_grad());
  sum(x).backward();
  CHECK(numbers(root.grad()) == numbers(root * 2.0));
}

TEST_CASE("what does not depend on an input has products of 0") {
  const Setting s;
  auto f = [](const Inputs& in) { return sum(sin(in[0])); };
  CHECK(numbers(hvp(f, s.x, s.v).product[1]) == std::vector<double>(20));
  CHECK(numbers(vjp(f, s.x, Tensor::full({}, 1, Dtype::f64)).product[2]) == std::vector<double>(5));
  auto constant = [](const Inputs&) { return Variable(Tensor::full({2}, 3, Dtype::f64)); };
  CHECK(numbers(jvp(constant, s.x, s.v).product) == std::vector<double>(2));
}

TEST_CASE("products of derivatives refuse vectors that do not fit") {
  const Setting s;
  CHECK(contains(error_of([&] { jvp(net, s.x, {s.v[0]}); }),
                 "jvp: found 1 vectors for 3 inputs, expected one for each"));
  CHECK(contains(error_of([&] {
                   hvp(energy, s.x, {s.v[0], s.v[2], s.v[2]});
                 }),
                 "hvp: found a vector [5] of f64 for input 1 [5, 4] of f64, expected one of its"));
  CHECK(contains(error_of([&] { vjp(net, s.x, s.v[0]); }),
                 "vjp: found a vector [3, 4] of f64 for the value [3, 5] of f64"));
  CHECK(contains(error_of([&] { hvp(net, s.x, s.v); }),
                 "hvp: found a function whose value is [3, 5], expected a scalar"));
  CHECK(contains(error_of([&] { jvp(net, {}, {}); }), "jvp: found no inputs"));
  const NoGrad no_grad;
  CHECK(contains(error_of([&] { jvp(net, s.x, s.v); }), "jvp: found a NoGrad on this thread"));
}
