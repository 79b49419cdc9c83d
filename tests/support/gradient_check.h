// An op's gradient, and its gradient's gradient, against central differences in f64.
#pragma once

#include <cmath>

#include "support/devices.h"
#include "tutti/autograd/gradient_check.h"
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

/// A scalar of which no symmetry hides a wrong gradient.
inline Variable weighted_sum(const Variable& y) {
  std::vector<double> weights;
  for (std::int64_t i = 0; i < y.value().count(); ++i)
    weights.push_back(1 + 0.3 * std::cos(static_cast<double>(i)));
  return sum(y * Tensor::from(weights, y.shape(), y.value().device()));
}

/// gradient_check(), as an assertion.
inline void check_gradients(const Function& op, const Inputs& x) {
  gradient_check(op, x);
  SUCCEED();
}

}  // namespace tutti::test
