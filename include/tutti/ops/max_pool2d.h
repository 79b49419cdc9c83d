// The largest element of every window of an image.
#pragma once

#include "tutti/ops/cast.h"

namespace tutti {

struct PoolGeometry {
  std::int64_t size = 2, stride = 2, padding = 0;
};

// Moving x does not move the maxima's places: what follows from the places is linear.

/// Adds g at the place of each window's maximum.
struct MaxPool2dScatter {
  static constexpr std::string_view name = "max_pool2d_scatter";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  PoolGeometry geometry;
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
  PoolGeometry geometry;
  Shape x_shape;
  Tensor places;
  Tensor forward(const Tensor& x) const;
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {apply(MaxPool2dScatter{geometry, x_shape, places}, g)};
  }
};

template <class V>
std::array<V, 1> MaxPool2dScatter::backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
  return {apply(MaxPool2dGather{geometry, x_shape, places}, g)};
}

struct MaxPool2d {
  static constexpr std::string_view name = "max_pool2d";
  PoolGeometry geometry;
  Shape x_shape;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const {
    pass.results[0] =
        apply(MaxPool2dScatter{geometry, x_shape, pass.tensors[0]}, pass.gradients[0]);
  }
};

/// x [n, c, h, w], f32 or f64, gives [n, c, h', w'] with h' = (h + 2 * padding - size) / stride
/// + 1. The first of equal elements counts; padding never wins; NaN does.
template <Value V>
V max_pool2d(const V& x, PoolGeometry geometry = {}) {
  auto f = [&](const V& y) {
    return apply_list(MaxPool2d{geometry, y.shape()}, std::vector<V>{y})[0];
  };
  return with_f32("max_pool2d", f, x);
}

}  // namespace tutti
