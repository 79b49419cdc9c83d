// The squares of tensors' Euclidean norms.
#pragma once

#include <span>
#include <vector>

#include "tutti/tensor/tensor.h"

namespace tutti {

/// The elements that are summed one after the other; the sums are added in order.
inline constexpr std::int64_t squared_norm_chunk = 4096;

/// Of each tensor the sum of the squares of its elements, in f64, by fixed chunks in row-major
/// order. Any float dtype, all on one device, which is waited for once.
std::vector<double> squared_norms(std::span<const Tensor> tensors);

/// The same of one tensor.
inline double squared_norm(const Tensor& x) {
  return squared_norms(std::span(&x, 1))[0];
}

}  // namespace tutti
