// Two-dimensional convolution (cross-correlation, as the field means it).
#pragma once

#include "tutti/ops/cast.h"

namespace tutti {

struct ConvGeometry {
  std::int64_t stride = 1, padding = 0;
};

// The three products of a convolution, each the gradient of another: y is linear in x and in w, so
// the set is closed under differentiation.

/// y [n, o, h', w'] from x [n, c, h, w] and w [o, c, kh, kw].
struct Conv2dOp {
  static constexpr std::string_view name = "conv2d";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = true;
  ConvGeometry geometry;
  Tensor forward(const Tensor& x, const Tensor& w) const;
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>& in) const;
};

/// The input's gradient [n, c, h, w] from y's gradient and w.
struct Conv2dInput {
  static constexpr std::string_view name = "conv2d_input";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = true;
  ConvGeometry geometry;
  Shape x_shape;
  Tensor forward(const Tensor& y, const Tensor& w) const;
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>& in) const;
};

/// The weight's gradient [o, c, kh, kw] from y's gradient and x.
struct Conv2dWeight {
  static constexpr std::string_view name = "conv2d_weight";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = true;
  ConvGeometry geometry;
  Shape w_shape;
  Tensor forward(const Tensor& y, const Tensor& x) const;
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>& in) const;
};

template <class V>
std::array<V, 2> Conv2dOp::backward(Needs<2> needs, const V& g, const std::array<V, 2>& in) const {
  return {needs[0] ? apply(Conv2dInput{geometry, in[0].shape()}, g, in[1]) : V(),
          needs[1] ? apply(Conv2dWeight{geometry, in[1].shape()}, g, in[0]) : V()};
}

template <class V>
std::array<V, 2> Conv2dInput::backward(Needs<2> needs, const V& g,
                                       const std::array<V, 2>& in) const {
  return {needs[0] ? apply(Conv2dOp{geometry}, g, in[1]) : V(),
          needs[1] ? apply(Conv2dWeight{geometry, in[1].shape()}, in[0], g) : V()};
}

template <class V>
std::array<V, 2> Conv2dWeight::backward(Needs<2> needs, const V& g,
                                        const std::array<V, 2>& in) const {
  return {needs[0] ? apply(Conv2dOp{geometry}, in[1], g) : V(),
          needs[1] ? apply(Conv2dInput{geometry, in[1].shape()}, in[0], g) : V()};
}

/// x [n, c, h, w] and w [o, c, kh, kw], f32 or f64, give [n, o, h', w'] with
/// h' = (h + 2 * padding - kh) / stride + 1. Error naming both shapes.
template <Value X, Value W>
auto conv2d(const X& x, const W& w, ConvGeometry geometry = {}) {
  auto f = [&](const auto& a, const auto& b) { return apply(Conv2dOp{geometry}, a, b); };
  return as_product("conv2d", f, x, w);
}

}  // namespace tutti
