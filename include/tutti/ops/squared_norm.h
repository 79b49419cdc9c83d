// The square of a tensor's Euclidean norm.
#pragma once

#include "tutti/tensor/tensor.h"

namespace tutti {

/// The elements that are summed one after the other; the sums are added in order.
inline constexpr std::int64_t squared_norm_chunk = 4096;

/// The sum of the squares of x's elements, in f64, by fixed chunks of x in row-major order. Any
/// float dtype. Waits for the device.
double squared_norm(const Tensor& x);

}  // namespace tutti
