// The arithmetic of the optimizers, one element at a time; see optim/ for their contracts.
#pragma once

#include "tutti/ops/update.h"

namespace tutti {

/// sgd.h without momentum.
struct PlainSgdStep {
  double lr, weight_decay;
  template <class T>
  TUTTI_HD void operator()(T& w, T gradient) const {
    w -= static_cast<T>(lr) * (gradient + static_cast<T>(weight_decay) * w);
  }
};

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

/// What LAMB moves along, before it is scaled: the same as AdamW's.
struct LambDirection {
  double beta1, beta2, epsilon, correction1, correction2, weight_decay;
  template <class T>
  TUTTI_HD void operator()(T& direction, T& m, T& v, T w, T gradient) const {
    m += static_cast<T>(1 - beta1) * (gradient - m);
    v += static_cast<T>(1 - beta2) * (gradient * gradient - v);
    T mean = m / static_cast<T>(correction1);
    T deviation = sqrt(Real<T>(v / static_cast<T>(correction2))).v + static_cast<T>(epsilon);
    direction = mean / deviation + static_cast<T>(weight_decay) * w;
  }
};

/// `rate` is the learning rate times the parameter's own.
struct LarsStep {
  double rate, momentum, weight_decay;
  template <class T>
  TUTTI_HD void operator()(T& w, T& velocity, T gradient) const {
    velocity = static_cast<T>(momentum) * velocity +
               static_cast<T>(rate) * (gradient + static_cast<T>(weight_decay) * w);
    w -= velocity;
  }
};

struct LionStep {
  double lr, beta1, beta2, weight_decay;
  template <class T>
  TUTTI_HD void operator()(T& w, T& m, T gradient) const {
    T c = m + static_cast<T>(1 - beta1) * (gradient - m);
    T sign = c > 0 ? T(1) : c < 0 ? T(-1) : c;  // NaN stays
    w -= static_cast<T>(lr) * (sign + static_cast<T>(weight_decay) * w);
    m += static_cast<T>(1 - beta2) * (gradient - m);
  }
};

/// `initial` is what the sum of squares starts with, in the first step alone.
struct AdagradStep {
  double lr, initial, epsilon, weight_decay;
  template <class T>
  TUTTI_HD void operator()(T& w, T& sum, T gradient) const {
    T g = gradient + static_cast<T>(weight_decay) * w;
    sum += static_cast<T>(initial) + g * g;
    w -= static_cast<T>(lr) * g / (sqrt(Real<T>(sum)).v + static_cast<T>(epsilon));
  }
};

/// RMSprop's four forms keep what they need: the mean square, the mean where `centered`, and the
/// velocity where there is momentum.
struct RmspropStep {
  double lr, alpha, epsilon, weight_decay;
  template <class T>
  TUTTI_HD void operator()(T& w, T& square, T gradient) const {
    w -= static_cast<T>(lr) * scaled(w, square, gradient);
  }
  /// The gradient over the root of its mean square; `mean` is 0 unless centered.
  template <class T>
  TUTTI_HD T scaled(T w, T& square, T gradient) const {
    T g = gradient + static_cast<T>(weight_decay) * w;
    square += static_cast<T>(1 - alpha) * (g * g - square);
    return g / (sqrt(Real<T>(square)).v + static_cast<T>(epsilon));
  }
  template <class T>
  TUTTI_HD T centered(T w, T& square, T& mean, T gradient) const {
    T g = gradient + static_cast<T>(weight_decay) * w;
    square += static_cast<T>(1 - alpha) * (g * g - square);
    mean += static_cast<T>(1 - alpha) * (g - mean);
    T variance = square - mean * mean;
    variance = variance > 0 ? variance : 0 * variance;  // rounding; NaN stays
    return g / (sqrt(Real<T>(variance)).v + static_cast<T>(epsilon));
  }
};

struct RmspropMomentumStep {
  RmspropStep rule;
  double momentum;
  template <class T>
  TUTTI_HD void operator()(T& w, T& square, T& velocity, T gradient) const {
    velocity = static_cast<T>(momentum) * velocity + rule.scaled(w, square, gradient);
    w -= static_cast<T>(rule.lr) * velocity;
  }
};

struct CenteredRmspropStep {
  RmspropStep rule;
  template <class T>
  TUTTI_HD void operator()(T& w, T& square, T& mean, T gradient) const {
    w -= static_cast<T>(rule.lr) * rule.centered(w, square, mean, gradient);
  }
};

struct CenteredRmspropMomentumStep {
  RmspropStep rule;
  double momentum;
  template <class T>
  TUTTI_HD void operator()(T& w, T& square, T& mean, T& velocity, T gradient) const {
    velocity = static_cast<T>(momentum) * velocity + rule.centered(w, square, mean, gradient);
    w -= static_cast<T>(rule.lr) * velocity;
  }
};

/// Into [-bound, bound]; NaN stays.
struct Limit {
  double bound;
  template <class T>
  TUTTI_HD void operator()(T& x) const {
    const T most = static_cast<T>(bound);
    x = x > most ? most : x < -most ? -most : x;
  }
};

}  // namespace tutti
