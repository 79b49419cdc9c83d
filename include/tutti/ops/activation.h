// Activation functions. Any shape, f32 or f64; the result keeps both. No finite input gives NaN, in
// the value or in its first three derivatives.
#pragma once

#include "tutti/ops/arithmetic.h"

namespace tutti {

/// max(x, 0). NaN stays NaN; the derivative at 0 is 0.
struct Relu {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return select(x <= 0, T(0), x);
  }
};

struct Relu6 {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return select(x <= 0, T(0), select(x >= 6, T(6), x));
  }
};
/// x where it is positive, else slope * x. Source: Maas, Hannun, Ng, "Rectifier nonlinearities
/// improve neural network acoustic models", ICML 2013.
struct LeakyRelu {
  double slope;
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return select(x > 0, x, slope * x);
  }
};

/// x where it is positive, else alpha * (exp(x) - 1). Source: Clevert, Unterthiner, Hochreiter,
/// arXiv:1511.07289.
struct Elu {
  double alpha;
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return select(x > 0, x, alpha * expm1(select(x > 0, T(0), x)));
  }
};

/// 1 / (1 + exp(-x)).
struct Sigmoid {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return sigmoid(x);
  }
};

/// x * sigmoid(x). Source: Elfwing, Uchibe, Doya, arXiv:1702.03118.
struct Silu {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return x * sigmoid(x);
  }
};

/// x * (1 + erf(x / sqrt(2))) / 2. Source: Hendrycks, Gimpel, arXiv:1606.08415.
struct Gelu {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return x * normal_cdf(x);
  }
};

/// x * (1 + tanh(u)) / 2 = x * sigmoid(2 u) with u = sqrt(2 / pi) * (x + 0.044715 x^3): close to
/// Gelu, and cheaper. Source: as Gelu's.
struct GeluTanh {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    // Where the sigmoid is 0 or 1, so that no power of x overflows.
    T near = select(fabs(x) < 32, x, select(x < 0, T(-32), T(32)));
    return x * sigmoid(1.5957691216057308 * near * (1 + 0.044715 * near * near));
  }
};

/// log(1 + exp(x)).
struct Softplus {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return softplus(x);
  }
};

struct Tanh {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return tanh(x);
  }
};

auto relu(const Value auto& x) {
  return apply(Relu{}, x);
}
/// min(max(x, 0), 6); the gradient passes between 0 and 6, not at them.
auto relu6(const Value auto& x) {
  return apply(Relu6{}, x);
}
auto leaky_relu(const Value auto& x, double slope = 0.01) {
  return apply(LeakyRelu{slope}, x);
}
auto elu(const Value auto& x, double alpha = 1) {
  return apply(Elu{alpha}, x);
}
auto sigmoid(const Value auto& x) {
  return apply(Sigmoid{}, x);
}
auto silu(const Value auto& x) {
  return apply(Silu{}, x);
}
auto gelu(const Value auto& x) {
  return apply(Gelu{}, x);
}
auto gelu_tanh(const Value auto& x) {
  return apply(GeluTanh{}, x);
}
auto softplus(const Value auto& x) {
  return apply(Softplus{}, x);
}
auto tanh(const Value auto& x) {
  return apply(Tanh{}, x);
}

}  // namespace tutti
