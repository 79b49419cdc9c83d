// Layers without parameters.
#pragma once

#include "tutti/nn/activation.h"
#include "tutti/ops/view.h"

namespace tutti::nn {

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
