// How windows lie over an image: those of convolution and of pooling.
#pragma once

#include <string_view>

#include "tutti/base/config.h"
#include "tutti/base/pair2d.h"
#include "tutti/base/shape.h"

namespace tutti {

/// Along one axis, window i sees the elements i * stride - padding + j * dilation with
/// 0 <= j < extent, of which some may lie in the padding.
struct WindowAxis {
  std::int64_t extent, stride = 1, padding = 0, dilation = 1;

  /// From a window's first element to its last, both included.
  TUTTI_HD std::int64_t reach() const { return (extent - 1) * dilation + 1; }
  /// The number of windows along `image` elements.
  std::int64_t count(std::int64_t image) const {
    const std::int64_t room = image + 2 * padding - reach();
    return room < 0 ? 0 : room / stride + 1;
  }
};

struct Window {
  WindowAxis y, x;
};

/// The windows of pooling along an axis of `image` elements. Adaptive ones (stride 0) cut it into
/// parts as equal as can be: window i sees [i * image / count, (i + 1) * image / count), the first
/// rounded down and the second up.
struct PoolAxis {
  std::int64_t image, count;
  WindowAxis window;

  /// The first element of window i, and one past its last; they may lie in the padding.
  TUTTI_HD std::int64_t first(std::int64_t i) const {
    return window.stride == 0 ? i * image / count : i * window.stride - window.padding;
  }
  TUTTI_HD std::int64_t end(std::int64_t i) const {
    return window.stride == 0 ? ((i + 1) * image + count - 1) / count : first(i) + window.reach();
  }
  /// The same of the elements that lie in the image.
  TUTTI_HD std::int64_t first_inside(std::int64_t i) const {
    const std::int64_t at = first(i), step = window.dilation;
    return at < 0 ? at + (step - 1 - at) / step * step : at;
  }
  TUTTI_HD std::int64_t end_inside(std::int64_t i) const { return end(i) < image ? end(i) : image; }
  /// The number of elements of window i where the dilation is 1.
  TUTTI_HD std::int64_t size(std::int64_t i, bool count_padding) const {
    return count_padding ? end(i) - first(i) : end_inside(i) - first_inside(i);
  }
  /// Windows [first_over, last_over] reach over element `at`.
  TUTTI_HD std::int64_t first_over(std::int64_t at) const {
    if (window.stride == 0) return at * count / image;
    const std::int64_t place = at + window.padding;
    return place < window.reach() ? 0 : (place - window.reach()) / window.stride + 1;
  }
  TUTTI_HD std::int64_t last_over(std::int64_t at) const {
    if (window.stride == 0) return ((at + 1) * count + image - 1) / image - 1;
    const std::int64_t last = (at + window.padding) / window.stride;
    return last < count ? last : count - 1;
  }
};

/// Both axes of pooling x [n, c, h, w].
struct PoolWindows {
  PoolAxis y, x;

  /// A stride of 0 stands for the size. Error naming `who` unless sizes, strides and dilations are
  /// positive, paddings are at most half a size, and windows fit into the padded image.
  static PoolWindows of(const Shape& x, Pair2d size, Pair2d stride, Pair2d padding, Pair2d dilation,
                        std::string_view who);
  /// As many windows as `size` says.
  static PoolWindows adaptive(const Shape& x, Pair2d size, std::string_view who);

  /// The shape of the result for x of this shape.
  Shape pooled(const Shape& shape) const { return {shape[0], shape[1], y.count, x.count}; }
};

}  // namespace tutti
