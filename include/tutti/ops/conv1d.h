// Convolution of sequences.
#pragma once

#include "tutti/ops/conv2d.h"
#include "tutti/ops/view.h"

namespace tutti {

struct Conv1dOptions {
  std::int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
};

/// x [n, c, l], weight [o, c / groups, k] and bias [o] (an empty value for none) give [n, o, l']:
/// conv2d() of images whose height is 1.
template <Value V>
V conv1d(const V& x, const V& weight, const V& bias = {}, const Conv1dOptions& options = {}) {
  const auto [stride, padding, dilation, groups] = options;
  const Shape &s = x.shape(), &w = weight.shape();
  if (s.rank() != 3 || w.rank() != 3)
    raise("conv1d: found input ", s, " and weight ", w,
          ", expected [n, c, l] and [o, c / groups, k]");
  V y = conv2d(reshape(x, {s[0], s[1], 1, s[2]}), reshape(weight, {w[0], w[1], 1, w[2]}), bias,
               {{1, stride}, {0, padding}, {1, dilation}, groups});
  return reshape(y, {s[0], w[0], y.shape()[3]});
}

}  // namespace tutti
