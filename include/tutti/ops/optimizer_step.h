// The arithmetic of the optimizers, one element at a time; see optim/ for their contracts.
#pragma once

#include "tutti/ops/update.h"

namespace tutti {

struct SgdStep {
  double lr, momentum, weight_decay;
  bool nesterov, first;
  template <class T>
  TUTTI_HD void operator()(T& w, T& velocity, T gradient) const {
    T g = gradient + static_cast<T>(weight_decay) * w;
    velocity = first ? g : static_cast<T>(momentum) * velocity + g;
    T step = nesterov ? g + static_cast<T>(momentum) * velocity : velocity;
    w -= static_cast<T>(lr) * step;
  }
};

/// m and v are the running means of the gradient and its square; correction_k = 1 - beta_k^t.
/// `decay` is added to the gradient (Adam), `decoupled` shrinks the weight itself (AdamW).
struct AdamStep {
  double lr, beta1, beta2, epsilon, correction1, correction2, decay, decoupled;
  template <class T>
  TUTTI_HD void operator()(T& w, T& m, T& v, T gradient) const {
    T g = gradient + static_cast<T>(decay) * w;
    m += static_cast<T>(1 - beta1) * (g - m);
    v += static_cast<T>(1 - beta2) * (g * g - v);
    T mean = m / static_cast<T>(correction1);
    T deviation = sqrt(Real<T>(v / static_cast<T>(correction2))).v + static_cast<T>(epsilon);
    w -= static_cast<T>(lr) * (mean / deviation + static_cast<T>(decoupled) * w);
  }
};

}  // namespace tutti
