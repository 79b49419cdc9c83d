// The average of every window of an image.
#pragma once

#include "tutti/base/windows.h"
#include "tutti/ops/cast.h"

namespace tutti {

/// What averages share, the transpose of each other: they are linear.
struct Averages {
  PoolWindows windows;
  bool count_padding;
  Shape x;
};

/// Adds each of g, divided by its window's elements, to all of those.
struct AvgPool2dGradient {
  static constexpr std::string_view name = "avg_pool2d_gradient";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  Averages averages;
  Tensor forward(const Tensor& g) const;
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const;
};

struct AvgPool2d {
  static constexpr std::string_view name = "avg_pool2d";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  Averages averages;
  Tensor forward(const Tensor& x) const;
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {apply(AvgPool2dGradient{averages}, g)};
  }
};

template <class V>
std::array<V, 1> AvgPool2dGradient::backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
  return {apply(AvgPool2d{averages}, g)};
}

struct AdaptiveAvgPool2d : AvgPool2d {
  static constexpr std::string_view name = "adaptive_avg_pool2d";
};

struct AvgPool2dOptions {
  Pair2d stride = 0;  ///< 0: the window's size
  Pair2d padding = 0;
  bool count_include_pad = true;  ///< does the padding, which is 0, count as elements?
};

/// The average over every window of `size` in x [n, c, h, w], of any float dtype: [n, c, h', w']
/// with h' = (h + 2 padding - size) / stride + 1, rounded down, and w' likewise. 16-bit floats are
/// summed in f32 and rounded once. Error naming shape and options.
template <Value V>
V avg_pool2d(const V& x, Pair2d size, const AvgPool2dOptions& options = {}) {
  const auto& [stride, padding, count_include_pad] = options;
  const PoolWindows windows = PoolWindows::of(x.shape(), size, stride, padding, 1, "avg_pool2d");
  const AvgPool2d op{{windows, count_include_pad, x.shape()}};
  return with_f32(
      "avg_pool2d", [&](const V& y) { return apply(op, y); }, x);
}

/// The average over each of `size` parts of x [n, c, h, w], which are as equal as can be and
/// overlap where they do not divide h or w: [n, c, size].
template <Value V>
V adaptive_avg_pool2d(const V& x, Pair2d size) {
  const PoolWindows windows = PoolWindows::adaptive(x.shape(), size, "adaptive_avg_pool2d");
  const AdaptiveAvgPool2d op{{{windows, false, x.shape()}}};
  return with_f32(
      "adaptive_avg_pool2d", [&](const V& y) { return apply(op, y); }, x);
}

}  // namespace tutti
