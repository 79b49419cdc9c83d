// Running sums.
#pragma once

#include "tutti/ops/op.h"

namespace tutti {

struct CumulativeSum {
  static constexpr std::string_view name = "cumsum";
  static constexpr std::size_t inputs = 1;
  static constexpr bool saves_inputs = false;
  int axis;
  bool reverse;  ///< from the end
  Tensor forward(const Tensor& x) const;
  template <class V>
  std::array<V, 1> backward(Needs<1>, const V& g, const std::array<V, 1>&) const {
    return {apply(CumulativeSum{axis, !reverse}, g)};
  }
};

/// Element i along `axis` is the sum of x's elements 0 to i. Any float dtype, added up in f64.
template <Value V>
V cumsum(const V& x, std::int64_t axis) {
  return apply(CumulativeSum{x.shape().axis(axis, "cumsum"), false}, x);
}

}  // namespace tutti
