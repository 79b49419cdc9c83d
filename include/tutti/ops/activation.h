// Activation functions. Any shape, f32 or f64; the result keeps both. No finite input gives NaN, in
// the value or in its first three derivatives.
#pragma once

#include "tutti/ops/op.h"

namespace tutti {

/// max(x, 0). NaN stays NaN; the derivative at 0 is 0.
struct Relu {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return select(x <= 0, T(0), x);
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
    return x * (0.5 + 0.5 * erf(0.70710678118654752 * x));
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
auto sigmoid(const Value auto& x) {
  return apply(Sigmoid{}, x);
}
auto silu(const Value auto& x) {
  return apply(Silu{}, x);
}
auto gelu(const Value auto& x) {
  return apply(Gelu{}, x);
}
auto softplus(const Value auto& x) {
  return apply(Softplus{}, x);
}
auto tanh(const Value auto& x) {
  return apply(Tanh{}, x);
}

}  // namespace tutti
