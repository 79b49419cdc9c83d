#include <cmath>

#include "support/catch.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/math.h"
#include "tutti/ops/matmul.h"
#include "tutti/ops/reduction.h"

using namespace tutti;

namespace {

Variable leaf(double value) {
  return Variable(Tensor::full({}, value, Dtype::f64), true);
}

}  // namespace

TEST_CASE("a chain and a fan of a hundred thousand ops") {
  Variable x = leaf(1);
  Variable y = x;
  for (int i = 0; i < 100000; ++i) y = y + 1e-5;
  y.backward();
  CHECK(x.grad().item() == 1);
  x.zero_grad();
  y = x * x;
  for (int i = 0; i < 100000; ++i) y = y * x * 1.0;
  (y * 0.0).backward();
  CHECK(x.grad().item() == 0);
}

TEST_CASE("gradients accumulate until zero_grad") {
  Variable x = leaf(3);
  CHECK(!x.grad());
  (x * x).backward();
  (x * x).backward();
  CHECK(x.grad().item() == 12);
  x.zero_grad();
  CHECK(!x.grad());
  Variable y = x * x;
  y.backward({.retain = true});
  y.backward();
  CHECK(x.grad().item() == 12);
  CHECK_THROWS_WITH(y.backward(), Catch::Contains("multiply") && Catch::Contains("retain"));
}

TEST_CASE("what was written between forward and backward is named") {
  Variable x = leaf(3), w = leaf(2);
  Variable y = x * w;
  w.value().fill(5);
  CHECK_THROWS_WITH(y.backward(), Catch::Contains("multiply") && Catch::Contains("input 1"));
  // Other memory harms no tape: the product's derivative is the former value's.
  Variable z = x * w;
  w.set_value(Tensor::full({}, 7, Dtype::f64));
  x.zero_grad();
  z.backward();
  CHECK(x.grad().item() == 5);
  // And the second derivative reaches the leaf that has another value now.
  Variable u = w * w * x;
  w.set_value(Tensor::full({}, 1, Dtype::f64));
  Variable slope = grad(u, {x}, {.create_graph = true})[0];
  CHECK(slope.item() == 49);
  CHECK(grad(slope, {w})[0].item() == 14);
}

TEST_CASE("a variable used twice gets both contributions, once per hook") {
  Variable x = leaf(2);
  int calls = 0;
  x.add_hook([&](const Variable& g) {
    ++calls;
    return g * 10.0;
  });
  Variable middle = x * 3.0;
  middle.add_hook([&](const Variable& g) {
    CHECK(g.item() == Approx(1 + 12));
    return g;
  });
  (middle + middle * middle).backward();
  CHECK(calls == 1);
  CHECK(x.grad().item() == Approx(10 * 3 * 13));
}

TEST_CASE("NoGrad and detach record nothing") {
  Variable x = leaf(2);
  {
    NoGrad guard;
    CHECK(!(x * x).requires_grad());
  }
  CHECK((x * x).requires_grad());
  Variable y = x * (x * x).detach();
  y.backward();
  CHECK(x.grad().item() == 4);
  CHECK_THROWS_AS(Variable(Tensor::zeros({})).backward(), Error);
  CHECK_THROWS_AS(Variable(Tensor::zeros({2}, Dtype::i64), true), Error);
}

TEST_CASE("backward wants a scalar or a seed that fits") {
  Variable x(Tensor::full({2, 3}, 1, Dtype::f64), true);
  CHECK_THROWS_AS((x * 2.0).backward(), Error);
  CHECK_THROWS_AS((x * 2.0).backward({.seed = Tensor::zeros({3, 2}, Dtype::f64)}), Error);
  (x * 2.0).backward({.seed = Tensor::full({2, 3}, 5, Dtype::f64)});
  CHECK(x.grad().to_vector<double>() == std::vector<double>(6, 10));
}

TEST_CASE("grad leaves slots alone and gives zeros where nothing depends") {
  Variable x = leaf(2), y = leaf(5);
  auto g = grad(x * x, {x, y});
  CHECK(g[0].item() == 4);
  CHECK(g[1].item() == 0);
  CHECK(!x.grad());
  Variable inner = x * y;
  CHECK(grad(inner * inner, {inner})[0].item() == 20);
}

// The weight gradient of u_xx, as in physics-informed networks: u = w sin(x), u_xx = -w sin(x).
TEST_CASE("three nested gradients") {
  Variable x = leaf(0.7), w = leaf(1.5);
  Variable u = w * sin(x);
  Variable u_x = grad(u, {x}, {.create_graph = true})[0];
  Variable u_xx = grad(u_x, {x}, {.create_graph = true})[0];
  CHECK(u_xx.item() == Approx(-1.5 * std::sin(0.7)));
  CHECK(grad(u_xx * u_xx, {w})[0].item() == Approx(2 * 1.5 * std::sin(0.7) * std::sin(0.7)));
}

TEST_CASE("the derivative of |x| is 0 at 0") {
  const Variable x(Tensor::from(std::vector<double>{-2, -0.0, 0, 3, std::nan("")}, {5}), true);
  const Variable y = abs(x);
  CHECK(!std::signbit(y.value().to_vector<double>()[1]));
  const std::vector<double> slopes = grad(sum(y), {x})[0].value().to_vector<double>();
  CHECK(std::vector<double>(slopes.begin(), slopes.end() - 1) == std::vector<double>{-1, 0, 0, 1});
  CHECK(std::isnan(y.value().to_vector<double>()[4]));
}
