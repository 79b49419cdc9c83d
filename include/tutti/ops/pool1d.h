// Pooling of sequences [n, c, l], as that of images whose height is 1.
#pragma once

#include "tutti/ops/avg_pool2d.h"
#include "tutti/ops/max_pool2d.h"
#include "tutti/ops/view.h"

namespace tutti {

struct MaxPool1dOptions {
  std::int64_t stride = 0;  ///< 0: the window's size
  std::int64_t padding = 0, dilation = 1;
};

struct AvgPool1dOptions {
  std::int64_t stride = 0;  ///< 0: the window's size
  std::int64_t padding = 0;
  bool count_include_pad = true;
};

/// pool(x as an image), as a sequence. Error naming `who` unless x is [n, c, l].
template <Value V, class F>
V pool_sequence(const V& x, std::string_view who, const F& pool) {
  const Shape& s = x.shape();
  if (s.rank() != 3) raise(who, ": found input ", s, ", expected [n, c, l]");
  V y = pool(reshape(x, {s[0], s[1], 1, s[2]}));
  return reshape(y, {s[0], s[1], y.shape()[3]});
}

/// As max_pool2d(): [n, c, l'].
template <Value V>
V max_pool1d(const V& x, std::int64_t size, const MaxPool1dOptions& options = {}) {
  return pool_sequence(x, "max_pool1d", [&](const V& image) {
    return max_pool2d(image, {1, size},
                      {{1, options.stride}, {0, options.padding}, {1, options.dilation}});
  });
}

/// As avg_pool2d(): [n, c, l'].
template <Value V>
V avg_pool1d(const V& x, std::int64_t size, const AvgPool1dOptions& options = {}) {
  return pool_sequence(x, "avg_pool1d", [&](const V& image) {
    return avg_pool2d(image, {1, size},
                      {{1, options.stride}, {0, options.padding}, options.count_include_pad});
  });
}

/// As adaptive_max_pool2d(): [n, c, size].
template <Value V>
V adaptive_max_pool1d(const V& x, std::int64_t size) {
  return pool_sequence(x, "adaptive_max_pool1d", [&](const V& image) {
    return adaptive_max_pool2d(image, {1, size});
  });
}

/// As adaptive_avg_pool2d(): [n, c, size].
template <Value V>
V adaptive_avg_pool1d(const V& x, std::int64_t size) {
  return pool_sequence(x, "adaptive_avg_pool1d", [&](const V& image) {
    return adaptive_avg_pool2d(image, {1, size});
  });
}

}  // namespace tutti
