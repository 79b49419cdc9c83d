// The largest element of every window of an image.
#pragma once

#include "tutti/base/windows.h"
#include "tutti/ops/cast.h"

namespace tutti {

// Moving x does not move the maxima's places: what follows from the places is linear.

/// Adds g at the place of each window's maximum.
struct MaxPool2dScatter {
  static constexpr std::string_view name = "max_pool2d_scatter";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  PoolWindows windows;
  Shape x_shape;
  Tensor places;  ///< i32, as the result: where in its plane [h, w] each maximum lies, or -1
  Tensor forward(const Tensor& g) const;
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const;
};

/// Takes x at the place of each window's maximum.
struct MaxPool2dGather {
  static constexpr std::string_view name = "max_pool2d_gather";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  PoolWindows windows;
  Shape x_shape;
  Tensor places;
  Tensor forward(const Tensor& x) const;
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {apply(MaxPool2dScatter{windows, x_shape, places}, g)};
  }
};

template <class V>
std::array<V, 1> MaxPool2dScatter::backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
  return {apply(MaxPool2dGather{windows, x_shape, places}, g)};
}

struct MaxPool2d {
  static constexpr std::string_view name = "max_pool2d";
  PoolWindows windows;
  Shape x_shape;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const {
    pass.results[0] = apply(MaxPool2dScatter{windows, x_shape, pass.tensors[0]}, pass.gradients[0]);
  }
};

struct AdaptiveMaxPool2d : MaxPool2d {
  static constexpr std::string_view name = "adaptive_max_pool2d";
};

struct MaxPool2dOptions {
  Pair2d stride = 0;  ///< 0: the window's size
  Pair2d padding = 0, dilation = 1;
};

/// The largest of every window of `size` in x [n, c, h, w], of any float dtype: [n, c, h', w'] with
/// h' = (h + 2 padding - dilation (size - 1) - 1) / stride + 1, rounded down, and w' likewise. The
/// first of equal elements counts; padding never wins; NaN does. Error naming shape and options.
template <Value V>
V max_pool2d(const V& x, Pair2d size, const MaxPool2dOptions& options = {}) {
  const auto& [stride, padding, dilation] = options;
  const PoolWindows windows =
      PoolWindows::of(x.shape(), size, stride, padding, dilation, "max_pool2d");
  auto f = [&](const V& y) {
    return apply_list(MaxPool2d{windows, y.shape()}, std::vector<V>{y})[0];
  };
  return with_f32("max_pool2d", f, x);
}

/// The largest element of each of `size` parts of x [n, c, h, w], which are as equal as can be and
/// overlap where they do not divide h or w: [n, c, size].
template <Value V>
V adaptive_max_pool2d(const V& x, Pair2d size) {
  const PoolWindows windows = PoolWindows::adaptive(x.shape(), size, "adaptive_max_pool2d");
  auto f = [&](const V& y) {
    return apply_list(AdaptiveMaxPool2d{{windows, y.shape()}}, std::vector<V>{y})[0];
  };
  return with_f32("adaptive_max_pool2d", f, x);
}

}  // namespace tutti
