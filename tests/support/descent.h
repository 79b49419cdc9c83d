// A problem that optimizers are tried on: sum(w^2 / 2 + w), whose gradient is w + 1.
#pragma once

#include <vector>

#include "tutti/autograd/node.h"
#include "tutti/ops/reduction.h"

namespace tutti::test {

inline constexpr int descent_steps = 5;

/// i / 10 - 10 for i below `count`, in f64: the gradient has both signs, and is 0 at i = 90.
inline Tensor descent_start(std::int64_t count) {
  std::vector<double> start;
  for (std::int64_t i = 0; i < count; ++i) start.push_back(static_cast<double>(i) / 10 - 10);
  return Tensor::from(start, {count});
}

template <class Optimizer>
void descend(const Variable& w, Optimizer& optimizer, int steps) {
  for (int t = 0; t < steps; ++t) {
    sum(w * w * 0.5 + w).backward();
    optimizer.step();
    optimizer.zero_grad();
  }
}

}  // namespace tutti::test
