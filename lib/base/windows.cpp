#include "tutti/base/windows.h"

namespace tutti {

PoolWindows PoolWindows::of(const Shape& x, Pair2d size, Pair2d stride, Pair2d padding,
                            Pair2d dilation, std::string_view who) {
  if (stride.height == 0) stride.height = size.height;
  if (stride.width == 0) stride.width = size.width;
  if (!size.at_least(1) || !stride.at_least(1) || !padding.at_least(0) || !dilation.at_least(1) ||
      padding.height > size.height / 2 || padding.width > size.width / 2)
    raise(who, ": found size ", size, ", stride ", stride, ", padding ", padding, ", dilation ",
          dilation, "; expected 1 or more, and padding from 0 to size / 2");
  const WindowAxis down{size.height, stride.height, padding.height, dilation.height};
  const WindowAxis across{size.width, stride.width, padding.width, dilation.width};
  if (x.rank() != 4 || down.count(x[2]) < 1 || across.count(x[3]) < 1)
    raise(who, ": found input ", x, " for windows of ", size, " with padding ", padding,
          " and dilation ", dilation,
          ", expected [n, c, h, w] with padded h and w no smaller than a window");
  return {{x[2], down.count(x[2]), down}, {x[3], across.count(x[3]), across}};
}

PoolWindows PoolWindows::adaptive(const Shape& x, Pair2d size, std::string_view who) {
  if (!size.at_least(1)) raise(who, ": found a result of ", size, ", expected 1 or more");
  if (x.rank() != 4 || x[2] < 1 || x[3] < 1)
    raise(who, ": found input ", x, ", expected [n, c, h, w] with h and w of 1 or more");
  constexpr WindowAxis parts{.extent = 1, .stride = 0};
  return {{x[2], size.height, parts}, {x[3], size.width, parts}};
}

}  // namespace tutti
