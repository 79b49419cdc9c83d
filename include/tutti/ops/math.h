// Elementary functions. Any shape, f32 or f64; the result keeps both.
#pragma once

#include "tutti/ops/op.h"

namespace tutti {

struct Abs {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return fabs(x);
  }
};
struct Cos {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return cos(x);
  }
};
struct Erf {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return erf(x);
  }
};
struct Exp {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return exp(x);
  }
};
struct Expm1 {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return expm1(x);
  }
};
struct Log {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return log(x);
  }
};
struct Log1p {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return log1p(x);
  }
};
struct Sin {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return sin(x);
  }
};
struct Sqrt {
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return sqrt(x);
  }
};
/// x to a fixed exponent.
struct Power {
  double exponent;
  template <class T>
  TUTTI_HD T operator()(T x) const {
    return pow(x, exponent);
  }
};

/// |x|; the derivative at 0 is 0.
auto abs(const Value auto& x) {
  return apply(Abs{}, x);
}
auto cos(const Value auto& x) {
  return apply(Cos{}, x);
}
auto erf(const Value auto& x) {
  return apply(Erf{}, x);
}
auto exp(const Value auto& x) {
  return apply(Exp{}, x);
}
/// exp(x) - 1, exact near 0.
auto expm1(const Value auto& x) {
  return apply(Expm1{}, x);
}
/// The natural logarithm.
auto log(const Value auto& x) {
  return apply(Log{}, x);
}
/// log(1 + x), exact near 0.
auto log1p(const Value auto& x) {
  return apply(Log1p{}, x);
}
auto sin(const Value auto& x) {
  return apply(Sin{}, x);
}
auto sqrt(const Value auto& x) {
  return apply(Sqrt{}, x);
}
auto pow(const Value auto& x, double exponent) {
  return apply(Power{exponent}, x);
}

}  // namespace tutti
