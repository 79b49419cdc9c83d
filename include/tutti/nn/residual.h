// Residual connections.
#pragma once

#include "tutti/nn/sequential.h"

namespace tutti::nn {

/// body(x) + x, or body(x) + shortcut(x) where the body changes the shape. Children are "body" and
/// "shortcut". Source: He, Zhang, Ren, Sun, arXiv:1512.03385.
class Residual : public Layer<Residual> {
 public:
  explicit Residual(Sequential body);
  Residual(Sequential body, Sequential shortcut);
  Variable forward(const Variable& x) const;

 private:
  Sequential body_, shortcut_;
};

}  // namespace tutti::nn
