// Values joined along an axis.
#pragma once

#include "tutti/ops/cast.h"
#include "tutti/ops/view.h"

namespace tutti {

struct Concat {
  static constexpr std::string_view name = "concat";
  int axis;
  std::vector<std::int64_t> extents;  ///< of the inputs along the axis
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const {
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < extents.size(); begin += extents[i++])
      if (pass.needs[i])
        pass.results[i] = slice(pass.gradients[0], axis, begin, begin + extents[i]);
  }
};

/// The values one after the other along `axis`: one or more, on one device and of one shape but
/// for that axis. Any dtype, one for all or such as meet (see promoted).
template <Value V>
V concat(const std::vector<V>& values, std::int64_t axis = 0) {
  if (values.empty()) raise("concat: found no values, expected one or more");
  Concat op{values[0].shape().axis(axis, "concat"), {}};
  Dtype dtype = values[0].dtype();
  for (const V& value : values) {
    op.extents.push_back(value.size(op.axis));
    dtype = promoted(dtype, value.dtype());
  }
  std::vector<V> alike = values;
  for (V& value : alike)
    if (promoted(value.dtype(), dtype) == dtype) value = cast(value, dtype);
  return apply_list(op, alike)[0];
}
template <Value V>
V concat(std::initializer_list<V> values, std::int64_t axis = 0) {
  return concat(std::vector<V>(values), axis);
}

/// The values, all of one shape, along a new axis: axis `axis` of the result.
template <Value V>
V stack(const std::vector<V>& values, std::int64_t axis = 0) {
  if (values.empty()) raise("stack: found no values, expected one or more");
  const Shape& shape = values[0].shape();
  Shape thick = shape;
  thick.push_back(1);
  const int at = thick.axis(axis, "stack");
  thick.erase(thick.rank() - 1);
  thick.insert(at, 1);
  std::vector<V> layers;
  for (const V& value : values) {
    if (value.shape() != shape)
      raise("stack: found shapes ", shape, " and ", value.shape(), ", expected one");
    layers.push_back(reshape(value, thick));
  }
  return concat(layers, at);
}
template <Value V>
V stack(std::initializer_list<V> values, std::int64_t axis = 0) {
  return stack(std::vector<V>(values), axis);
}

}  // namespace tutti
