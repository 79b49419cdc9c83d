// The inputs of golden numbers as tensors, and comparison with them.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include "golden/value.h"
#include "support/catch.h"
#include "tutti/autograd/variable.h"

namespace tutti::test {

/// offset + scale * the golden array of this number, in f64.
inline Tensor golden_input(std::int64_t array, const Shape& shape, double scale = 1,
                           double offset = 0) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < shape.count(); ++i)
    values.push_back(offset + scale * golden::value(array, i));
  return Tensor::from(values, shape);
}

/// The largest difference to what is expected. Results are of order 1 and were computed in f64 by
/// another order of summation: differences stay below 1e-13.
inline double golden_difference(const Tensor& x, std::span<const double> expected) {
  std::vector<double> values = x.to_vector<double>();
  REQUIRE(values.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    REQUIRE(std::isfinite(values[i]));
    worst = std::max(worst, std::abs(values[i] - expected[i]));
  }
  return worst;
}

}  // namespace tutti::test
