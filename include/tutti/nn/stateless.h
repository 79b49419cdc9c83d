// Layers without parameters.
#pragma once

#include "tutti/nn/activation.h"
#include "tutti/ops/max_pool2d.h"
#include "tutti/ops/view.h"

namespace tutti::nn {

/// Windows of size x size, `size` apart unless the geometry says otherwise; see tutti::max_pool2d.
class MaxPool2d : public Layer<MaxPool2d> {
 public:
  explicit MaxPool2d(std::int64_t size) : MaxPool2d(PoolGeometry{size, size, 0}) {}
  explicit MaxPool2d(PoolGeometry geometry) : geometry_(geometry) {}
  Variable forward(const Variable& x) const { return max_pool2d(x, geometry_); }

 private:
  PoolGeometry geometry_;
};

/// [n, ...] to [n, product of the rest].
class Flatten : public Layer<Flatten> {
 public:
  Variable forward(const Variable& x) const {
    const Shape& shape = x.shape();
    if (shape.rank() < 1) raise("Flatten: found a scalar, expected a batch [n, ...]");
    std::int64_t rest = 1;
    for (int i = 1; i < shape.rank(); ++i) rest *= shape[i];
    return reshape(x, {shape[0], rest});
  }
};

}  // namespace tutti::nn
