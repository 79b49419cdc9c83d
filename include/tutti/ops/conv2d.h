// Convolution (cross-correlation, as the field means it) of images and of sequences.
#pragma once

#include "tutti/base/windows.h"
#include "tutti/ops/cast.h"
#include "tutti/ops/reduction.h"

namespace tutti {

/// How kernels are laid over an image, as PyTorch's arguments of these names.
struct Conv2dOptions {
  Pair2d stride = 1;
  Pair2d padding = 0;  ///< zeros on either side
  Pair2d dilation = 1;
  std::int64_t groups = 1;  ///< channels are cut into as many parts that do not see each other
};

/// Shapes that fit: x [n, c, h, w], w [o, c / groups, kh, kw], y [n, o, h', w'].
struct Convolution {
  Window window;
  Shape x, w, y;

  /// Of conv2d(x, w, bias), where bias may be empty. Error naming `who` and what does not fit.
  static Convolution of(const Tensor& x, const Tensor& w, const Tensor& bias,
                        const Conv2dOptions& options, std::string_view who);
  /// The one whose y is what conv_transpose2d(y, w, bias) is given, and whose x is what it returns.
  static Convolution transposed(const Tensor& y, const Tensor& w, const Tensor& bias,
                                const Conv2dOptions& options, Pair2d output_padding);
};

// The three products of a convolution, each the gradient of another: y is linear in x and in w, so
// the set is closed under differentiation.

/// y from x, w and, where there is one, a bias [o].
struct Conv2dOp {
  static constexpr std::string_view name = "conv2d";
  Convolution convolution;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const;
};

/// The input's gradient from y's gradient and w.
struct Conv2dInput {
  static constexpr std::string_view name = "conv2d_input";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = true;
  Convolution convolution;
  Tensor forward(const Tensor& y, const Tensor& w) const;
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>& in) const;
};

/// The weight's gradient from y's gradient and x.
struct Conv2dWeight {
  static constexpr std::string_view name = "conv2d_weight";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = true;
  Convolution convolution;
  Tensor forward(const Tensor& y, const Tensor& x) const;
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>& in) const;
};

template <class V>
void Conv2dOp::backward(Pass<V>& pass) const {
  const V& g = pass.gradients[0];
  if (pass.needs[0]) pass.results[0] = apply(Conv2dInput{convolution}, g, pass.inputs[1]);
  if (pass.needs[1]) pass.results[1] = apply(Conv2dWeight{convolution}, g, pass.inputs[0]);
  if (pass.needs[2]) pass.results[2] = sum(g, {0, 2, 3});
}

template <class V>
std::array<V, 2> Conv2dInput::backward(Needs<2> needs, const V& g,
                                       const std::array<V, 2>& in) const {
  V of_y, of_w;
  if (needs[0]) of_y = apply_list(Conv2dOp{convolution}, std::vector<V>{g, in[1], V()})[0];
  if (needs[1]) of_w = apply(Conv2dWeight{convolution}, in[0], g);
  return {of_y, of_w};
}

template <class V>
std::array<V, 2> Conv2dWeight::backward(Needs<2> needs, const V& g,
                                        const std::array<V, 2>& in) const {
  V of_y, of_x;
  if (needs[0]) of_y = apply_list(Conv2dOp{convolution}, std::vector<V>{in[1], g, V()})[0];
  if (needs[1]) of_x = apply(Conv2dInput{convolution}, in[0], g);
  return {of_y, of_x};
}

/// x [n, c, h, w], weight [o, c / groups, kh, kw] and bias [o] (an empty value for none), of one
/// float dtype, give [n, o, h', w'] with
/// h' = (h + 2 padding - dilation (kh - 1) - 1) / stride + 1, rounded down, and w' likewise.
/// 16-bit floats are summed in f32 and rounded once. Error naming shapes and options.
template <Value V>
V conv2d(const V& x, const V& weight, const V& bias = {}, const Conv2dOptions& options = {}) {
  auto f = [&](const V& a, const V& b, const V& c) {
    const Convolution convolution =
        Convolution::of(tensor_of(a), tensor_of(b), tensor_of(c), options, "conv2d");
    return apply_list(Conv2dOp{convolution}, std::vector<V>{a, b, c})[0];
  };
  return as_product("conv2d", f, x, weight, bias);
}

}  // namespace tutti
