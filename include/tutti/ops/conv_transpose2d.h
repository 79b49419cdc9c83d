// Transposed convolution: what a convolution's input gradient is, as an op of its own.
#pragma once

#include "tutti/ops/conv2d.h"
#include "tutti/ops/view.h"

namespace tutti {

/// The options of the convolution that this one transposes, and rows and columns to add at the
/// result's lower right end, since several sizes of x give one size of y.
struct ConvTranspose2dOptions {
  Pair2d stride = 1, padding = 0, output_padding = 0, dilation = 1;
  std::int64_t groups = 1;
};

struct ConvTranspose2dOp : Conv2dInput {
  static constexpr std::string_view name = "conv_transpose2d";
};

/// x [n, c, h, w], weight [c, o / groups, kh, kw] and bias [o] (an empty value for none), of one
/// float dtype, give [n, o, h', w'] with
/// h' = (h - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1, and w' likewise. An
/// output_padding is less than stride or dilation. Error naming shapes and options.
template <Value V>
V conv_transpose2d(const V& x, const V& weight, const V& bias = {},
                   const ConvTranspose2dOptions& options = {}) {
  const auto& [stride, padding, output_padding, dilation, groups] = options;
  const Conv2dOptions straight{stride, padding, dilation, groups};
  auto f = [&](const V& a, const V& b, const V& c) {
    const Convolution convolution =
        Convolution::transposed(tensor_of(a), tensor_of(b), tensor_of(c), straight, output_padding);
    V y = apply(ConvTranspose2dOp{{convolution}}, a, b);
    return c ? y + reshape(c, {-1, 1, 1}) : y;
  };
  return as_product("conv_transpose2d", f, x, weight, bias);
}

}  // namespace tutti
