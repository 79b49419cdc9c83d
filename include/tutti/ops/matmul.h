// The matrix product.
#pragma once

#include "tutti/ops/reduction.h"

namespace tutti {

/// a [..., m, k] times b [..., k, n]: leading axes broadcast.
struct Matmul {
  static constexpr std::string_view name = "matmul";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = true;
  Tensor forward(const Tensor& a, const Tensor& b) const;
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>& x) const {
    return {needs[0] ? sum_to(apply(Matmul{}, g, transpose(x[1])), x[0].shape()) : V(),
            needs[1] ? sum_to(apply(Matmul{}, transpose(x[0]), g), x[1].shape()) : V()};
  }
};

/// a [..., m, k] times b [..., k, n] = [..., m, n], f32 or f64. Error naming both shapes.
template <Value A, Value B>
auto matmul(const A& a, const B& b) {
  return apply(Matmul{}, a, b);
}

}  // namespace tutti
