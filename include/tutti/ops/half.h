// How ops without a loop for 16-bit floats take them.
#pragma once

#include "tutti/tensor/tensor.h"

namespace tutti {

/// x in what it is computed in: f16 and bf16 as f32, everything else as it is.
inline Tensor widened(const Tensor& x) {
  return x && is_float(x.dtype()) ? x.to(computed_in(x.dtype())) : x;
}

/// f(inputs...) with the inputs widened, rounded once to the dtype of `first`. Error naming `who`
/// where a float input has another dtype than it.
template <class F, class... Tensors>
requires(std::is_same_v<Tensors, Tensor>&&...) Tensor
    in_f32(std::string_view who, const F& f, const Tensor& first, const Tensors&... rest) {
  auto check = [&](const Tensor& x) {
    if (x && is_float(x.dtype()) && x.dtype() != first.dtype())
      raise(who, ": found dtypes ", first.dtype(), " and ", x.dtype(),
            ", expected one; convert with to(Dtype)");
  };
  (check(rest), ...);
  return f(widened(first), widened(rest)...).to(first.dtype());
}

}  // namespace tutti
