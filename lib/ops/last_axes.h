// Shapes by their last axes.
#pragma once

#include "tutti/base/shape.h"

namespace tutti {

/// `shape` as rows of its last axis, which is not empty.
inline Shape rows_of(const Shape& shape) {
  const std::int64_t width = shape[shape.rank() - 1];
  return {shape.count() / width, width};
}

/// All axes but the last two, of which there must be two.
inline Shape leading(Shape shape) {
  shape.erase(shape.rank() - 1);
  shape.erase(shape.rank() - 1);
  return shape;
}

}  // namespace tutti
