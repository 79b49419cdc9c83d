// Elements in another order along axes, and again and again.
#pragma once

#include "tutti/ops/concat.h"
#include "tutti/ops/index_select.h"

namespace tutti {

/// x's elements moved `shift` places on along `axis`; what leaves at the end comes in at the begin.
template <Value V>
V roll(const V& x, std::int64_t shift, std::int64_t axis) {
  const int a = x.shape().axis(axis, "roll");
  const std::int64_t extent = x.shape()[a];
  const std::int64_t cut = extent > 0 ? ((extent - shift % extent) % extent) : 0;
  if (cut == 0) return x;
  return concat({slice(x, a, cut, extent), slice(x, a, 0, cut)}, a);
}
/// The same along several axes: shifts[i] along axes[i].
template <Value V>
V roll(const V& x, const Shape& shifts, const AxisList& axes) {
  if (shifts.rank() != axes.rank())
    raise("roll: found ", shifts.rank(), " shifts along ", axes.rank(), " axes, expected one each");
  V rolled = x;
  for (int i = 0; i < axes.rank(); ++i) rolled = roll(rolled, shifts[i], axes[i]);
  return rolled;
}

/// x's elements along each of `axes` in reverse order.
template <Value V>
V flip(const V& x, const AxisList& axes) {
  V flipped = x;
  for (std::int64_t axis : axes) flipped = flip(flipped, axis);
  return flipped;
}

/// x times[i] times, one after the other, along each axis i; where `times` are more than x has
/// axes, those are the last ones. Any dtype.
template <Value V>
V repeat(const V& x, const Shape& times) {
  Shape shape = x.shape();
  bool good = times.rank() >= shape.rank();
  for (std::int64_t each : times) good = good && each >= 0;
  if (!good)
    raise("repeat: found ", times, " times for shape ", x.shape(),
          ", expected 0 or more for each axis");
  while (shape.rank() < times.rank()) shape.insert(0, 1);
  V repeated = reshape(x, shape);
  for (int i = 0; i < shape.rank(); ++i) {
    if (times[i] == 1) continue;
    // [what is before the axis, once, the axis and what is behind it]
    Shape folded{1, 1, 1};
    for (int k = 0; k < shape.rank(); ++k) folded[k < i ? 0 : 2] *= shape[k];
    shape[i] *= times[i];
    V once = reshape(repeated, folded);
    folded[1] = times[i];
    repeated = reshape(expand(once, folded), shape);
  }
  return repeated;
}

}  // namespace tutti
