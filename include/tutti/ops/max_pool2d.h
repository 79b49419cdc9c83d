// The largest element of every window of an image.
#pragma once

#include "tutti/ops/cast.h"

namespace tutti {

struct PoolGeometry {
  std::int64_t size = 2, stride = 2, padding = 0;
};

/// Adds g at the place of each window's maximum of x.
struct MaxPool2dScatter {
  static constexpr std::string_view name = "max_pool2d_scatter";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = true;
  PoolGeometry geometry;
  Tensor forward(const Tensor& g, const Tensor& x) const;
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>& in) const;
};

/// Takes `values` at the place of each window's maximum of x.
struct MaxPool2dGather {
  static constexpr std::string_view name = "max_pool2d_gather";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = true;
  PoolGeometry geometry;
  Tensor forward(const Tensor& values, const Tensor& x) const;
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>& in) const {
    return {needs[0] ? apply(MaxPool2dScatter{geometry}, g, in[1]) : V(), V()};
  }
};

// Moving x does not move the maxima's places: its own gradient is 0 almost everywhere.
template <class V>
std::array<V, 2> MaxPool2dScatter::backward(Needs<2> needs, const V& g,
                                            const std::array<V, 2>& in) const {
  return {needs[0] ? apply(MaxPool2dGather{geometry}, g, in[1]) : V(), V()};
}

struct MaxPool2dOp {
  static constexpr std::string_view name = "max_pool2d";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = true;
  PoolGeometry geometry;
  Tensor forward(const Tensor& x) const;
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>& in) const {
    return {apply(MaxPool2dScatter{geometry}, g, in[0])};
  }
};

/// x [n, c, h, w], f32 or f64, gives [n, c, h', w'] with h' = (h + 2 * padding - size) / stride
/// + 1. The first of equal elements counts; padding never wins; NaN does.
template <Value V>
V max_pool2d(const V& x, PoolGeometry geometry = {}) {
  return with_f32(
      "max_pool2d", [&](const V& y) { return apply(MaxPool2dOp{geometry}, y); }, x);
}

}  // namespace tutti
