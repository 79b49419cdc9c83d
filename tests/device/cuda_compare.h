// Results of the CUDA device under test compared with the CPU's.
#pragma once

#include <cmath>
#include <vector>

#include "launch.h"
#include "support/catch.h"
#include "support/cuda_device.h"
#include "tutti/base/philox.h"

namespace tutti::test {

/// Numbers in [-1, 1) on the CPU. Every seventh equals its neighbour, so that there are ties.
inline Tensor random_tensor(const Shape& shape, Dtype dtype, std::uint64_t seed) {
  std::vector<double> values(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto words = Philox(seed).at(0, i % 7 == 6 ? i - 1 : i);
    values[i] = 2 * static_cast<double>(uniform_float(words[0])) - 1;
  }
  return Tensor::from(values, shape).to(dtype);
}

/// Equal up to tolerance * (1 + |expected|); NaN equals NaN.
inline void check_close(const Tensor& expected, const Tensor& actual, double tolerance) {
  REQUIRE(expected.shape() == actual.shape());
  REQUIRE(expected.dtype() == actual.dtype());
  auto host = [](const Tensor& x) { return x.to(Device()).to(Dtype::f64).to_vector<double>(); };
  std::vector<double> want = host(expected), found = host(actual);
  std::size_t wrong = 0, first = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    bool both_nan = std::isnan(want[i]) && std::isnan(found[i]);
    bool close = std::abs(want[i] - found[i]) <= tolerance * (1 + std::abs(want[i]));
    if (close || both_nan || want[i] == found[i]) continue;
    if (wrong++ == 0) first = i;
  }
  if (wrong)
    FAIL_CHECK(wrong << " of " << want.size() << " elements differ; element " << first << " is "
                     << found[first] << ", expected " << want[first]);
}

/// Checks that op(inputs) gives the same on the CPU, where `inputs` are, and on `cuda`.
template <class Op>
void compare(const Device& cuda, const std::vector<Tensor>& inputs, double tolerance, Op op) {
  std::vector<Tensor> moved;
  for (const Tensor& input : inputs) moved.push_back(input.to(cuda));
  check_close(op(inputs), op(moved), tolerance);
}

/// A result of `launcher(stream, out)`, which is allocated where `like` is.
template <class Launcher>
Tensor launched(const Shape& shape, Dtype dtype, const Tensor& like, Launcher launcher) {
  Tensor out(shape, dtype, like.device());
  out.device().dispatch([&](auto stream) { launcher(stream, out); });
  return out;
}

inline double tolerance_of(Dtype dtype) {
  return dtype == Dtype::f64 ? 1e-12 : 2e-5;
}

}  // namespace tutti::test
