// Changes of shape, as differentiable ops.
#pragma once

#include "tutti/ops/op.h"

namespace tutti {

template <Value V>
V expand(const V& x, const Shape& shape);
template <Value V>
V zero_pad(const V& x, const Shape& shape, int axis, std::int64_t begin);

struct Reshape {
  static constexpr std::string_view name = "reshape";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  Shape to, from;
  Tensor forward(const Tensor& x) const { return x.reshape(to); }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {apply(Reshape{from, to}, g)};
  }
};

struct Permute {
  static constexpr std::string_view name = "permute";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  Shape order;
  Tensor forward(const Tensor& x) const { return x.permute(order); }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    Shape inverse = order;
    for (int i = 0; i < order.rank(); ++i) inverse[static_cast<int>(order[i])] = i;
    return {apply(Permute{inverse}, g)};
  }
};

struct Expand {
  static constexpr std::string_view name = "expand";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  Shape to, from;
  Tensor forward(const Tensor& x) const { return x.expand(to); }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {sum_to(g, from)};
  }
};

struct Slice {
  static constexpr std::string_view name = "slice";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  int axis;
  std::int64_t begin, end;
  Shape from;
  Tensor forward(const Tensor& x) const { return x.slice(axis, begin, end); }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {zero_pad(g, from, axis, begin)};
  }
};

/// Zeros of `to`, with x from `begin` on along `axis`: what a slice's gradient is.
struct ZeroPad {
  static constexpr std::string_view name = "zero_pad";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  Shape to;
  int axis;
  std::int64_t begin, end;
  Tensor forward(const Tensor& x) const {
    Tensor out = Tensor::zeros(to, x.dtype(), x.device());
    out.slice(axis, begin, end).copy_from(x);
    return out;
  }
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {apply(Slice{axis, begin, end, to}, g)};
  }
};

/// The same elements in row-major order under another shape; one extent may be -1.
template <Value V>
V reshape(const V& x, Shape shape) {
  return apply(Reshape{shape, x.shape()}, x);
}

/// x without `axis`, of which the extent is 1.
template <Value V>
V squeeze(const V& x, std::int64_t axis) {
  Shape rest = x.shape();
  const int a = rest.axis(axis, "squeeze");
  if (rest[a] != 1)
    raise("squeeze: found extent ", rest[a], " along axis ", axis, " of shape ", x.shape(),
          ", expected 1");
  rest.erase(a);
  return reshape(x, rest);
}
/// x without its axes of extent 1.
template <Value V>
V squeeze(const V& x) {
  Shape rest;
  for (std::int64_t extent : x.shape())
    if (extent != 1) rest.push_back(extent);
  return reshape(x, rest);
}

/// x with an axis of extent 1 more: axis `axis` of the result.
template <Value V>
V unsqueeze(const V& x, std::int64_t axis) {
  Shape thick = x.shape();
  thick.push_back(1);
  const int a = thick.axis(axis, "unsqueeze");
  thick.erase(thick.rank() - 1);
  thick.insert(a, 1);
  return reshape(x, thick);
}

/// Axes `first` to `last` as one; a scalar becomes [1].
template <Value V>
V flatten(const V& x, std::int64_t first = 0, std::int64_t last = -1) {
  if (x.shape().rank() == 0) return reshape(x, {1});
  Shape flat;
  const int begin = x.shape().axis(first, "flatten"), end = x.shape().axis(last, "flatten");
  if (begin > end)
    raise("flatten: found axes ", first, " to ", last, " of shape ", x.shape(),
          ", expected the first before the last");
  for (int i = 0; i < x.shape().rank(); ++i) {
    if (i <= begin || i > end)
      flat.push_back(x.shape()[i]);
    else
      flat[begin] *= x.shape()[i];
  }
  return reshape(x, flat);
}

/// Axis i of the result is axis order[i] of x.
template <Value V>
V permute(const V& x, const AxisList& order) {
  return apply(Permute{order}, x);
}

/// Axes a and b exchanged; the last two when not named.
template <Value V>
V transpose(const V& x, std::int64_t a = -2, std::int64_t b = -1) {
  Shape order = x.shape();
  for (int i = 0; i < order.rank(); ++i) order[i] = i;
  std::swap(order[order.axis(a, "transpose")], order[order.axis(b, "transpose")]);
  return permute(x, order);
}

/// x broadcast to `shape`.
template <Value V>
V expand(const V& x, const Shape& shape) {
  return x.shape() == shape ? x : apply(Expand{shape, x.shape()}, x);
}

/// Elements [begin, end) along `axis`.
template <Value V>
V slice(const V& x, std::int64_t axis, std::int64_t begin, std::int64_t end) {
  return apply(Slice{x.shape().axis(axis, "slice"), begin, end, x.shape()}, x);
}

/// The elements at position `index` (negative: from the end) of `axis`, which is dropped.
template <Value V>
V select(const V& x, std::int64_t axis, std::int64_t index) {
  Shape rest = x.shape();
  const int a = rest.axis(axis, "select");
  const std::int64_t extent = rest[a], at = index < 0 ? index + extent : index;
  if (at < 0 || at >= extent)
    raise("select: found index ", index, " along axis ", axis, " of shape ", x.shape(),
          ", expected ", -extent, " to ", extent - 1);
  rest.erase(a);
  return reshape(slice(x, a, at, at + 1), rest);
}

/// Zeros of `shape` with x in place of the elements from `begin` on along `axis`.
template <Value V>
V zero_pad(const V& x, const Shape& shape, int axis, std::int64_t begin) {
  return apply(ZeroPad{shape, axis, begin, begin + x.shape()[axis]}, x);
}

}  // namespace tutti
