// How the operands and results of ops on rows lie in memory.
#pragma once

#include <algorithm>
#include <array>
#include <numeric>

#include "tutti/tensor/tensor.h"

namespace tutti {

/// x, or a copy of it whose rows have no gaps.
inline Tensor with_dense_rows(const Tensor& x) {
  return x.strides()[x.rank() - 1] == 1 || x.shape()[x.rank() - 1] == 1 ? x : x.clone();
}

/// A tensor without gaps whose axes lie in memory in the order of x's: what was cut out of
/// [n, t, heads, d] gives a result that is [n, t, heads, d] again when it is permuted back.
inline Tensor in_memory_order(const Tensor& x, const Shape& shape) {
  std::array<int, Shape::max_rank> order;
  std::iota(order.begin(), order.end(), 0);
  // The last axis stays the last.
  std::stable_sort(order.begin(), order.begin() + x.rank() - 1,
                   [&](int a, int b) { return x.strides()[a] > x.strides()[b]; });
  Shape extents, back = shape;
  for (int i = 0; i < x.rank(); ++i) {
    extents.push_back(shape[order[static_cast<std::size_t>(i)]]);
    back[order[static_cast<std::size_t>(i)]] = i;
  }
  return Tensor(extents, x.dtype(), x.device()).permute(back);
}

}  // namespace tutti
