// Every op's gradient, and its gradient's gradient, against central differences in f64.
#include <cmath>

#include "support/catch.h"
#include "tutti/autograd/node.h"
#include "tutti/nn/loss.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/conv2d.h"
#include "tutti/ops/math.h"
#include "tutti/ops/matmul.h"
#include "tutti/ops/max_pool2d.h"

using namespace tutti;

namespace {

using Inputs = std::vector<Variable>;
using Function = std::function<Variable(const Inputs&)>;

Variable input(const Shape& shape, double lo = -1, double hi = 1, int seed = 1) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < shape.count(); ++i)
    values.push_back(lo +
                     (hi - lo) * (0.5 + 0.5 * std::sin(static_cast<double>(37 * i + 11 * seed))));
  return Variable(Tensor::from(values, shape), true);
}

// A weighted sum, so that no symmetry hides a wrong gradient.
Variable scalar(const Variable& y) {
  std::vector<double> weights;
  for (std::int64_t i = 0; i < y.value().count(); ++i)
    weights.push_back(1 + 0.3 * std::cos(static_cast<double>(i)));
  return sum(y * Tensor::from(weights, y.shape()));
}

// Central differences with h = 1e-5 err by about h^2 f'''/6 + 1e-16/h, well below 1e-6.
void compare(const Function& f, const Inputs& x, const std::vector<Variable>& gradients) {
  constexpr double h = 1e-5;
  for (std::size_t k = 0; k < x.size(); ++k) {
    double* value = x[k].value().mutable_data<double>();
    std::vector<double> g = gradients[k].value().to_vector<double>();
    for (std::size_t i = 0; i < g.size(); ++i) {
      double kept = value[i];
      value[i] = kept + h;
      double above = f(x).item();
      value[i] = kept - h;
      double below = f(x).item();
      value[i] = kept;
      double expected = (above - below) / (2 * h);
      INFO("input " << k << " element " << i);
      REQUIRE(g[i] == Approx(expected).margin(2e-6).epsilon(2e-6));
    }
  }
}

void check(const Function& op, const Inputs& x, bool second = true) {
  Function f = [&](const Inputs& in) { return scalar(op(in)); };
  compare(f, x, grad(f(x), x));
  compare(f, x, grad(f(x), x, {.create_graph = true}));
  if (!second) return;
  Function slope = [&](const Inputs& in) {
    Variable total(Tensor::zeros({}, Dtype::f64));
    for (const Variable& g : grad(f(in), in, {.create_graph = true}))
      total = total + sum(sin(g * 3.0));
    return total;
  };
  if (Variable y = slope(x); y.requires_grad()) compare(slope, x, grad(y, x));  // else f is linear
}

Function unary(auto f) {
  return [f](const Inputs& x) { return f(x[0]); };
}

}  // namespace

TEST_CASE("elementwise gradients") {
  check(unary([](const Variable& x) { return exp(x); }), {input({7})});
  check(unary([](const Variable& x) { return log(x); }), {input({7}, 0.5, 2)});
  check(unary([](const Variable& x) { return sqrt(x); }), {input({7}, 0.5, 2)});
  check(unary([](const Variable& x) { return sin(x) + cos(x * 2.0); }), {input({7})});
  check(unary([](const Variable& x) { return erf(x); }), {input({7})});
  check(unary([](const Variable& x) { return tanh(x); }), {input({7})});
  check(unary([](const Variable& x) { return sigmoid(x); }), {input({7})});
  check(unary([](const Variable& x) { return silu(x); }), {input({7})});
  check(unary([](const Variable& x) { return gelu(x); }), {input({7})});
  check(unary([](const Variable& x) { return softplus(x); }), {input({7})});
  check(unary([](const Variable& x) { return pow(x, 3.0); }), {input({7}, 0.5, 2)});
  check(unary([](const Variable& x) { return relu(x) * x; }), {input({7})});
  check(unary([](const Variable& x) { return abs(x) * x; }), {input({7})});
}

TEST_CASE("arithmetic gradients, with broadcasting") {
  Inputs ab{input({3, 4}), input({4}, 0.5, 2, 2)};
  check([](const Inputs& x) { return x[0] + x[1]; }, ab);
  check([](const Inputs& x) { return x[0] - x[1]; }, ab);
  check([](const Inputs& x) { return x[0] * x[1]; }, ab);
  check([](const Inputs& x) { return x[0] / x[1]; }, ab);
  check([](const Inputs& x) { return (2.0 - x[0]) * 0.5 + (-x[1] / 3.0); }, ab);
  check([](const Inputs& x) { return x[0] * x[0] * x[1]; }, ab);
}

TEST_CASE("gradients of views and reductions") {
  Inputs x{input({2, 3, 4})};
  check([](const Inputs& in) { return reshape(in[0], {6, 4}) * reshape(in[0], {6, -1}); }, x);
  check([](const Inputs& in) { return permute(in[0], {2, 0, 1}) * permute(in[0], {2, 0, 1}); }, x);
  check([](const Inputs& in) { return slice(in[0], 1, 1, 3) * slice(in[0], 1, 0, 2); }, x);
  check([](const Inputs& in) { return sin(expand(sum(in[0], {0}), {5, 3, 4})); }, x);
  check([](const Inputs& in) { return sin(mean(in[0], {0, 2})); }, x);
  check([](const Inputs& in) { return sin(max(in[0], {1})); }, x);
  check([](const Inputs& in) { return sin(sum(in[0])); }, x);
  check([](const Inputs& in) { return embed(slice(in[0], 2, 1, 2), {2, 3, 5}, 2, 3) * 2.0; }, x);
}

TEST_CASE("matmul gradients") {
  check([](const Inputs& x) { return matmul(x[0], x[1]); }, {input({3, 4}), input({4, 2})});
  check([](const Inputs& x) { return matmul(x[0], transpose(x[1])); },
        {input({2, 3, 4}), input({5, 4})});
}

TEST_CASE("convolution gradients") {
  for (ConvGeometry geometry : {ConvGeometry{1, 0}, ConvGeometry{2, 1}, ConvGeometry{3, 2}})
    check([=](const Inputs& x) { return conv2d(x[0], x[1], geometry); },
          {input({2, 2, 5, 6}), input({3, 2, 3, 2}, -1, 1, 2)});
}

TEST_CASE("pooling gradients") {
  for (PoolGeometry geometry :
       {PoolGeometry{2, 2, 0}, PoolGeometry{3, 2, 1}, PoolGeometry{2, 1, 0}})
    check([=](const Inputs& x) { return sin(max_pool2d(x[0], geometry)); }, {input({2, 2, 5, 6})});
}

TEST_CASE("gradients of softmax and losses") {
  Tensor labels = Tensor::from(std::vector<std::int64_t>{2, 0, 3}, {3});
  check([](const Inputs& x) { return softmax(x[0]); }, {input({3, 4})});
  check([=](const Inputs& x) { return nn::cross_entropy(x[0], labels); }, {input({3, 4})});
  check(
      [](const Inputs& x) {
        return nn::mse_loss(x[0], Tensor::full({3, 4}, 0.2, Dtype::f64));
      },
      {input({3, 4})});
}
