// The matrix product, alone and with what a linear layer adds.
#pragma once

#include "tutti/ops/cast.h"
#include "tutti/ops/reduction.h"

namespace tutti {

/// How a product of a [..., m, k] and b [..., k, n] is carried out: as one of `batch` matrices,
/// each of m x k by k x n. Where b is one matrix for all, the rows of all of a's are those of one.
struct ProductPlan {
  Shape batch;
  std::int64_t m, k, n;
  Shape out;    ///< of the result: [..., m, n]
  bool folded;  ///< a's leading axes have become rows

  /// Error naming `who` and both shapes where they do not fit.
  ProductPlan(const Shape& a, const Shape& b, std::string_view who);
};

/// a b + bias: bias is empty or of shape [n]. See Matmul and Linear.
Tensor matmul_tensor(const Tensor& a, const Tensor& b, const Tensor& bias, std::string_view who);

/// x [..., c] as [rows, c]; a vector is one row.
template <Value V>
V fold_rows(const V& x) {
  const std::int64_t columns = x.shape()[x.shape().rank() - 1];
  return x.shape().rank() == 2
             ? x
             : reshape(x, {x.shape().count() / std::max<std::int64_t>(1, columns), columns});
}

/// a [..., m, k] times b [..., k, n]: leading axes broadcast.
struct Matmul {
  static constexpr std::string_view name = "matmul";
  static constexpr std::size_t inputs = 2;
  static constexpr bool saves_inputs = true;
  Tensor forward(const Tensor& a, const Tensor& b) const { return matmul_tensor(a, b, {}, name); }
  template <class V>
  std::array<V, 2> backward(Needs<2> needs, const V& g, const std::array<V, 2>& x) const {
    const auto& [a, b] = x;
    V of_a, of_b;
    if (needs[0]) of_a = sum_to(apply(Matmul{}, g, transpose(b)), a.shape());
    if (needs[1] && b.shape().rank() == 2)
      of_b = apply(Matmul{}, transpose(fold_rows(a)), fold_rows(g));
    else if (needs[1])
      of_b = sum_to(apply(Matmul{}, transpose(a), g), b.shape());
    return {of_a, of_b};
  }
};

/// x weight^T + bias, where bias may be left out.
struct LinearOp {
  static constexpr std::string_view name = "linear";
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;
  template <class V>
  void backward(Pass<V>& pass) const {
    const V &g = pass.gradients[0], &x = pass.inputs[0], &weight = pass.inputs[1];
    if (pass.needs[0]) pass.results[0] = reshape(apply(Matmul{}, fold_rows(g), weight), x.shape());
    if (pass.needs[1]) pass.results[1] = apply(Matmul{}, transpose(fold_rows(g)), fold_rows(x));
    if (pass.needs[2]) pass.results[2] = sum_to(g, {weight.shape()[0]});
  }
};

/// a [..., m, k] times b [..., k, n] = [..., m, n], of one float dtype; leading axes broadcast.
/// 16-bit factors are multiplied and summed in f32 and rounded once. The bits depend on the shapes
/// and on which of its last axes each factor has dense in memory. Error naming both shapes.
template <Value A, Value B>
auto matmul(const A& a, const B& b) {
  return as_product(
      "matmul", [](const auto& x, const auto& y) { return apply(Matmul{}, x, y); }, a, b);
}

/// x [..., inputs] times weight [outputs, inputs], transposed, plus bias [outputs] (an empty value
/// for none) = [..., outputs]: one product, whatever the leading axes.
template <Value V>
V linear(const V& x, const V& weight, const V& bias = {}) {
  auto f = [](const V& a, const V& b, const V& c) {
    return apply_list(LinearOp{}, std::vector<V>{a, b, c})[0];
  };
  return as_product("linear", f, x, weight, bias);
}

}  // namespace tutti
