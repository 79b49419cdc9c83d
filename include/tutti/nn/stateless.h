// Layers without parameters.
#pragma once

#include "tutti/nn/module.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/max_pool2d.h"
#include "tutti/ops/view.h"

namespace tutti::nn {

class ReLU : public Module {
 public:
  Variable forward(const Variable& x) const { return relu(x); }
  Variable operator()(const Variable& x) const { return forward(x); }
};

/// Windows of size x size, `size` apart unless the geometry says otherwise; see tutti::max_pool2d.
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(std::int64_t size) : MaxPool2d(PoolGeometry{size, size, 0}) {}
  explicit MaxPool2d(PoolGeometry geometry) : geometry_(geometry) {}
  Variable forward(const Variable& x) const { return max_pool2d(x, geometry_); }
  Variable operator()(const Variable& x) const { return forward(x); }

 private:
  PoolGeometry geometry_;
};

/// [n, ...] to [n, product of the rest].
class Flatten : public Module {
 public:
  Variable forward(const Variable& x) const {
    const Shape& shape = x.shape();
    if (shape.rank() < 1) raise("Flatten: found a scalar, expected a batch [n, ...]");
    std::int64_t rest = 1;
    for (int i = 1; i < shape.rank(); ++i) rest *= shape[i];
    return reshape(x, {shape[0], rest});
  }
  Variable operator()(const Variable& x) const { return forward(x); }
};

}  // namespace tutti::nn
