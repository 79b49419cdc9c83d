// Values with a margin.
#pragma once

#include "tutti/ops/view.h"

namespace tutti {

struct Pad {
  static constexpr std::string_view name = "pad";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  Shape before, to, from;
  double value;
  Tensor forward(const Tensor& x) const {
    Tensor out = Tensor::full(to, value, x.dtype(), x.device()), middle = out;
    for (int i = 0; i < to.rank(); ++i) middle = middle.slice(i, before[i], before[i] + from[i]);
    middle.copy_from(x);
    return out;
  }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    V middle = g;
    for (int i = 0; i < to.rank(); ++i)
      if (from[i] != to[i]) middle = slice(middle, i, before[i], before[i] + from[i]);
    return {middle};
  }
};

/// x with before[i] elements of `value` before it and after[i] behind it along each axis i. Any
/// dtype.
template <Value V>
V pad(const V& x, const Shape& before, const Shape& after, double value = 0) {
  Shape to = x.shape();
  bool good = before.rank() == to.rank() && after.rank() == to.rank();
  for (int i = 0; good && i < to.rank(); ++i) {
    good = before[i] >= 0 && after[i] >= 0;
    to[i] += before[i] + after[i];
  }
  if (!good)
    raise("pad: found margins ", before, " and ", after, " for shape ", x.shape(),
          ", expected 0 or more for each axis");
  return apply(Pad{before, to, x.shape(), value}, x);
}

}  // namespace tutti
