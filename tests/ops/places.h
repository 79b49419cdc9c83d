// Elements by their places, found without strides.
#pragma once

#include "cpu_launch.h"

namespace tutti::test {

using Numbers = std::vector<double>;

/// 0, 1, 2, ... in row-major order.
inline Tensor counted(const Shape& shape, Dtype dtype = Dtype::f64) {
  Numbers values;
  for (std::int64_t i = 0; i < shape.count(); ++i) values.push_back(static_cast<double>(i));
  return Tensor::from(values, shape).to(dtype);
}

inline Tensor indices(const std::vector<std::int64_t>& values, const Shape& shape) {
  return Tensor::from(values, shape);
}

/// Calls f(place) for every place of `shape`, in row-major order.
template <class F>
void each_place(const Shape& shape, F f) {
  Shape place = shape;
  for (std::int64_t i = 0; i < shape.count(); ++i) {
    std::int64_t rest = i;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      place[axis] = rest % shape[axis];
      rest /= shape[axis];
    }
    f(place);
  }
}

/// The element of x at `place`, found without strides: x is copied to be dense.
class At {
 public:
  explicit At(const Tensor& x) : shape_(x.shape()), values_(numbers(x)) {}
  double operator()(const Shape& place) const { return values_[index(place)]; }
  double& operator()(const Shape& place) { return values_[index(place)]; }
  const Numbers& values() const { return values_; }

 private:
  std::size_t index(const Shape& place) const {
    std::int64_t i = 0;
    for (int axis = 0; axis < shape_.rank(); ++axis) i = i * shape_[axis] + place[axis];
    return static_cast<std::size_t>(i);
  }
  Shape shape_;
  Numbers values_;
};

}  // namespace tutti::test
