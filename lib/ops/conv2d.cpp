#include "tutti/ops/conv2d.h"

#include "launch.h"

namespace tutti {
namespace {

std::string described(const Conv2dOptions& options) {
  return text("stride ", options.stride, ", padding ", options.padding, ", dilation ",
              options.dilation, ", groups ", options.groups);
}

Window window_of(const Shape& w, const Conv2dOptions& options) {
  const auto& [stride, padding, dilation, groups] = options;
  return {{w[2], stride.height, padding.height, dilation.height},
          {w[3], stride.width, padding.width, dilation.width}};
}

// Error unless options, dtypes and ranks can be right.
void require_weight(const Tensor& x, const Tensor& w, const Conv2dOptions& options,
                    std::string_view who, std::string_view expected) {
  require_alike(std::array{x, w}, who);
  if (!options.stride.at_least(1) || !options.padding.at_least(0) ||
      !options.dilation.at_least(1) || options.groups < 1)
    raise(who, ": found ", described(options),
          ", expected stride, dilation and groups of 1 or more and padding of 0 or more");
  if (x.rank() != 4 || w.rank() != 4 || w.size(1) < 1 || w.size(2) < 1 || w.size(3) < 1)
    raise(who, ": found input ", x.shape(), " and weight ", w.shape(),
          ", expected [n, c, h, w] and ", expected, " with kernels of 1 channel of 1 x 1 or more");
}

void require_bias(const Tensor& x, const Tensor& bias, std::int64_t outputs, std::string_view who) {
  if (!bias) return;
  require_alike(std::array{x, bias}, who);
  if (bias.shape() != Shape{outputs})
    raise(who, ": found bias ", bias.shape(), ", expected ", Shape{outputs});
}

}  // namespace

Convolution Convolution::of(const Tensor& x, const Tensor& w, const Tensor& bias,
                            const Conv2dOptions& options, std::string_view who) {
  require_weight(x, w, options, who, "[o, c / groups, kh, kw]");
  const std::int64_t groups = options.groups;
  if (x.size(1) != w.size(1) * groups || w.size(0) % groups != 0)
    raise(who, ": found input ", x.shape(), " and weight ", w.shape(), " with ", groups,
          " groups, expected weight [o, ", x.size(1), " / groups, kh, kw] and o a multiple of ",
          groups);
  require_bias(x, bias, w.size(0), who);
  const Window window = window_of(w.shape(), options);
  const std::int64_t rows = window.y.count(x.size(2)), columns = window.x.count(x.size(3));
  if (rows < 1 || columns < 1)
    raise(who, ": found input ", x.shape(), " and weight ", w.shape(), " with ", described(options),
          ", expected kernels no larger than the padded input");
  return {window, x.shape(), w.shape(), {x.size(0), w.size(0), rows, columns}};
}

Convolution Convolution::transposed(const Tensor& y, const Tensor& w, const Tensor& bias,
                                    const Conv2dOptions& options, Pair2d output_padding) {
  constexpr std::string_view who = "conv_transpose2d";
  require_weight(y, w, options, who, "[c, o / groups, kh, kw]");
  const std::int64_t groups = options.groups;
  if (y.size(1) != w.size(0) || w.size(0) % groups != 0)
    raise(who, ": found input ", y.shape(), " and weight ", w.shape(), " with ", groups,
          " groups, expected weight [", y.size(1), ", o / groups, kh, kw] and ", y.size(1),
          " a multiple of ", groups);
  require_bias(y, bias, w.size(1) * groups, who);
  const auto &stride = options.stride, &dilation = options.dilation;
  if (!output_padding.at_least(0) ||
      output_padding.height >= std::max(stride.height, dilation.height) ||
      output_padding.width >= std::max(stride.width, dilation.width))
    raise(who, ": found output_padding ", output_padding, " with ", described(options),
          ", expected 0 or more and less than stride or dilation");
  const Window window = window_of(w.shape(), options);
  auto extent = [](std::int64_t windows, const WindowAxis& axis, std::int64_t more) {
    return (windows - 1) * axis.stride - 2 * axis.padding + axis.reach() + more;
  };
  const Shape x{y.size(0), w.size(1) * groups, extent(y.size(2), window.y, output_padding.height),
                extent(y.size(3), window.x, output_padding.width)};
  if (y.size(2) < 1 || y.size(3) < 1 || x[2] < 1 || x[3] < 1)
    raise(who, ": found input ", y.shape(), " and weight ", w.shape(), " with ", described(options),
          ", which give ", x, ", expected images of 1 x 1 or more");
  return {window, x, w.shape(), y.shape()};
}

std::vector<Tensor> Conv2dOp::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor &x = in[0], &w = in[1], &bias = in[2];
  saving.input(0), saving.input(1);
  Tensor out(convolution.y, x.dtype(), x.device());
  Tensor dense_x = x.contiguous(), dense_w = w.contiguous();
  Tensor dense_bias = bias ? bias.contiguous() : bias;
  x.device().dispatch([&](auto stream) {
    launch::conv2d(stream, out, dense_x, dense_w, dense_bias, convolution.window);
  });
  return {out};
}

Tensor Conv2dInput::forward(const Tensor& y, const Tensor& w) const {
  require_alike(std::array{y, w}, name);
  Tensor out(convolution.x, y.dtype(), y.device());
  Tensor dense_y = y.contiguous(), dense_w = w.contiguous();
  y.device().dispatch([&](auto stream) {
    launch::conv2d_input(stream, out, dense_y, dense_w, convolution.window);
  });
  return out;
}

Tensor Conv2dWeight::forward(const Tensor& y, const Tensor& x) const {
  require_alike(std::array{y, x}, name);
  Tensor out(convolution.w, y.dtype(), y.device());
  Tensor dense_y = y.contiguous(), dense_x = x.contiguous();
  y.device().dispatch([&](auto stream) {
    launch::conv2d_weight(stream, out, dense_y, dense_x, convolution.window);
  });
  return out;
}

}  // namespace tutti
