// The extents of a convolution, as its loops and kernels need them.
#pragma once

#include "launch.h"

namespace tutti::launch {

/// in [n, groups * c, h, w], w [groups * o, c, kh, kw], out [n, groups * o, oh, ow]: what one group
/// sees and makes of one sample is a convolution by itself, called a unit. Units lie in memory one
/// after the other, the groups of a sample first.
struct Extents {
  std::int64_t n, groups, c, h, w, o, oh, ow;
  WindowAxis y, x;

  Extents(const Tensor& in, const Tensor& kernel, const Tensor& out, const Window& window)
      : n(in.size(0)),
        groups(in.size(1) / kernel.size(1)),
        c(kernel.size(1)),
        h(in.size(2)),
        w(in.size(3)),
        o(kernel.size(0) / groups),
        oh(out.size(2)),
        ow(out.size(3)),
        y(window.y),
        x(window.x) {}

  // Of one unit.
  TUTTI_HD std::int64_t patch() const { return c * y.extent * x.extent; }
  TUTTI_HD std::int64_t pixels() const { return oh * ow; }
  TUTTI_HD std::int64_t image() const { return c * h * w; }
  TUTTI_HD std::int64_t weights() const { return o * patch(); }

  TUTTI_HD std::int64_t units() const { return n * groups; }
  /// With hardly a channel on either side there is no product of matrices: sums of shifted images
  /// are quicker.
  bool depthwise() const { return c == 1 && o <= 4; }
};

}  // namespace tutti::launch
