// Quadratic near 0, linear further out.
#pragma once

#include "tutti/ops/op.h"

namespace tutti {

/// x^2 / 2, beyond +-delta delta * (|x| - delta / 2). Source: Huber, Annals of Mathematical
/// Statistics 35, 1964.
struct Huber {
  double delta;
  template <class T>
  TUTTI_HD T operator()(T x) const {
    T size = fabs(x);
    return select(size <= delta, 0.5 * x * x, delta * (size - 0.5 * delta));
  }
};

/// The functor on each element; delta > 0.
auto huber(const Value auto& x, double delta = 1) {
  return apply(Huber{delta}, x);
}

}  // namespace tutti
