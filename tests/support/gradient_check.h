// An op's gradient, and its gradient's gradient, against central differences in f64.
#pragma once

#include <cmath>
#include <functional>

#include "support/devices.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/math.h"

namespace tutti::test {

using Inputs = std::vector<Variable>;
using Function = std::function<Variable(const Inputs&)>;

/// Where inputs are made. A test case for every device sets it to TUTTI_EACH_DEVICE.
inline Device device;

/// f64 numbers from lo to hi that no symmetry relates.
inline Variable input(const Shape& shape, double lo = -1, double hi = 1, int seed = 1) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < shape.count(); ++i)
    values.push_back(lo +
                     (hi - lo) * (0.5 + 0.5 * std::sin(static_cast<double>(37 * i + 11 * seed))));
  return Variable(Tensor::from(values, shape, device), true);
}

/// A weighted sum, so that no symmetry hides a wrong gradient.
inline Variable weighted_sum(const Variable& y) {
  std::vector<double> weights;
  for (std::int64_t i = 0; i < y.value().count(); ++i)
    weights.push_back(1 + 0.3 * std::cos(static_cast<double>(i)));
  return sum(y * Tensor::from(weights, y.shape(), y.value().device()));
}

// Central differences with h = 1e-5 err by about h^2 f'''/6 + 1e-16/h, well below 1e-6.
inline void compare_gradients(const Function& f, const Inputs& x,
                              const std::vector<Variable>& gradients) {
  constexpr double h = 1e-5;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const Tensor value = x[k].value();
    const std::vector<double> kept = value.to_vector<double>();
    const auto moved = [&](std::size_t i, double step) {
      std::vector<double> values = kept;
      values[i] += step;
      value.copy_from(Tensor::from(values, value.shape(), value.device()));
      return f(x).item();
    };
    std::vector<double> g = gradients[k].value().to_vector<double>();
    for (std::size_t i = 0; i < g.size(); ++i) {
      const double expected = (moved(i, h) - moved(i, -h)) / (2 * h);
      INFO("input " << k << " element " << i);
      REQUIRE(g[i] == Approx(expected).margin(2e-6).epsilon(2e-6));
    }
    value.copy_from(Tensor::from(kept, value.shape(), value.device()));
  }
}

/// First order, fused and composed, then second order.
inline void check_gradients(const Function& op, const Inputs& x) {
  Function f = [&](const Inputs& in) { return weighted_sum(op(in)); };
  compare_gradients(f, x, grad(f(x), x));
  compare_gradients(f, x, grad(f(x), x, {.create_graph = true}));
  Function slope = [&](const Inputs& in) {
    Variable total(Tensor::zeros({}, Dtype::f64, in[0].value().device()));
    for (const Variable& g : grad(f(in), in, {.create_graph = true}))
      total = total + sum(sin(g * 3.0));
    return total;
  };
  if (Variable y = slope(x); y.requires_grad()) compare_gradients(slope, x, grad(y, x));
}

}  // namespace tutti::test
