// Matrices cut along a diagonal.
#pragma once

#include "tutti/ops/where.h"

namespace tutti {

/// u8 [rows, columns]: 1 on and below the diagonal, which lies `diagonal` places above the main one
/// (below it where negative), else 0.
Tensor tril_mask(std::int64_t rows, std::int64_t columns, std::int64_t diagonal = 0,
                 const Device& device = Device::cpu());
/// The same on and above the diagonal.
Tensor triu_mask(std::int64_t rows, std::int64_t columns, std::int64_t diagonal = 0,
                 const Device& device = Device::cpu());

namespace detail {

template <Value V, class Mask>
V cut(const V& x, std::int64_t diagonal, std::string_view who, Mask mask) {
  if (x.shape().rank() < 2) raise(who, ": found shape ", x.shape(), ", expected two axes or more");
  return where(mask(x.size(-2), x.size(-1), diagonal, x.device()), x, 0.0);
}

}  // namespace detail

/// x's last two axes are matrices: what lies above the diagonal becomes 0, NaN too. See
/// tril_mask().
template <Value V>
V tril(const V& x, std::int64_t diagonal = 0) {
  return detail::cut(x, diagonal, "tril", tril_mask);
}
/// What lies below the diagonal becomes 0. See triu_mask().
template <Value V>
V triu(const V& x, std::int64_t diagonal = 0) {
  return detail::cut(x, diagonal, "triu", triu_mask);
}

}  // namespace tutti
