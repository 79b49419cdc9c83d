// Scaled dot product attention, without the matrix of all pairs.
#pragma once

#include "tutti/ops/matmul.h"
#include "tutti/ops/softmax.h"

namespace tutti {

struct AttentionOptions {
  bool causal = false;  ///< query i sees keys 0 to i
  double scale = 0;     ///< of the products; 0: 1 / sqrt(width)
};

/// Inputs q, k, v and a mask, which may be empty. It keeps them, the output and the logarithm of
/// each row's sum of exponentials, from which backward computes the probabilities again.
struct Attention {
  static constexpr std::string_view name = "attention";
  bool causal;
  double scale;

  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;

  template <class V>
  void backward(Pass<V>& pass) const {
    if constexpr (std::same_as<V, Tensor>) {
      gradients(pass);
    } else {
      const V &g = pass.gradients[0], &q = pass.inputs[0], &k = pass.inputs[1];
      const V& v = pass.inputs[2];
      V products = matmul(q, transpose(k)) * scale;
      auto [added, seen] = whole_mask(products.value(), tensor_of(pass.inputs[3]));
      V p = softmax(products + added) * seen;
      if (pass.needs[2]) pass.results[2] = matmul(transpose(p), g);
      V dp = matmul(g, transpose(v));
      Shape rows = p.shape();
      rows[rows.rank() - 1] = 1;
      V ds = p * (dp - sum_to(p * dp, rows)) * scale;
      if (pass.needs[0]) pass.results[0] = matmul(ds, k);
      if (pass.needs[1]) pass.results[1] = matmul(transpose(ds), q);
    }
  }

 private:
  void gradients(Pass<Tensor>& pass) const;
  /// What is added to the products, finite, and 1 for rows that see something, else 0.
  std::pair<Tensor, Tensor> whole_mask(const Tensor& products, const Tensor& mask) const;
};

/// softmax(scale * q k^T + mask) v: q [..., t, d], k [..., s, d], v [..., s, e] give [..., t, e] of
/// q's memory order; leading axes are equal. The mask broadcasts to [..., t, s], is a constant,
/// and -infinity hides a key. A query that sees no key gets 0. f32 or f64; 16-bit floats compute in
/// f32, of which the mask is then. Source: Dao, Fu, Ermon,
/// Rudra, Ré, arXiv:2205.14135.
template <Value Q, Value K, Value W>
auto attention(const Q& q, const K& k, const W& v, AttentionOptions options = {},
               const Tensor& mask = {}) {
  using V = std::common_type_t<Q, K, W>;
  double scale = options.scale;
  if (scale == 0 && q.shape().rank() > 0)
    scale = 1 / std::sqrt(static_cast<double>(q.shape()[q.shape().rank() - 1]));
  auto f = [&](const V& a, const V& b, const V& c) {
    return apply_list(Attention{options.causal, scale},
                      std::vector<V>{a, b, c, value_as<V>(mask)})[0];
  };
  return as_product("attention", f, V(q), V(k), V(v));
}

}  // namespace tutti
