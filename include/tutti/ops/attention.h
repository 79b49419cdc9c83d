// Scaled dot product attention, without the matrix of all pairs.
#pragma once

#include "tutti/base/philox.h"
#include "tutti/ops/matmul.h"
#include "tutti/ops/softmax.h"

namespace tutti {

struct AttentionOptions {
  bool causal = false;      ///< query i sees keys 0 to offset + i
  double scale = 0;         ///< of the products; 0: 1 / sqrt(width)
  std::int64_t offset = 0;  ///< how many keys come before the one of query 0
  double dropout = 0;       ///< with which a probability becomes 0; the others over 1 - dropout
  RandomDraw draw = {};     ///< what addresses its draws; two calls take different ones
};

/// Inputs q, k, v and a mask, which may be empty. It keeps them, the output and the logarithm of
/// each row's sum of exponentials, from which backward computes the probabilities again.
struct Attention {
  static constexpr std::string_view name = "attention";
  AttentionOptions options;  ///< with the scale filled in

  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;

  template <class V>
  void backward(Pass<V>& pass) const {
    if constexpr (std::same_as<V, Tensor>) {
      gradients(pass);
    } else {
      const V &g = pass.gradients[0], &q = pass.inputs[0];
      V k = by_query_head(pass.inputs[1], q.shape()), v = by_query_head(pass.inputs[2], q.shape());
      V products = matmul(q, transpose(k)) * options.scale;
      auto [added, seen] = whole_mask(products.value(), tensor_of(pass.inputs[3]));
      V p = softmax(products + added) * seen, kept = p, dp = matmul(g, transpose(v));
      if (options.dropout > 0) {
        const Tensor mask = whole_dropout(products.value());
        kept = p * mask, dp = dp * mask;
      }
      if (pass.needs[2])
        pass.results[2] = sum_groups(matmul(transpose(kept), g), pass.inputs[2].shape());
      Shape rows = p.shape();
      rows[rows.rank() - 1] = 1;
      V ds = p * (dp - sum_to(p * dp, rows)) * options.scale;
      if (pass.needs[0]) pass.results[0] = matmul(ds, k);
      if (pass.needs[1])
        pass.results[1] = sum_groups(matmul(transpose(ds), q), pass.inputs[1].shape());
    }
  }

 private:
  void gradients(Pass<Tensor>& pass) const;
  /// What is added to the products, and 1 for rows that see something, else 0.
  std::pair<Tensor, Tensor> whole_mask(const Tensor& products, const Tensor& mask) const;
  /// What the probabilities are multiplied by.
  Tensor whole_dropout(const Tensor& products) const;

  /// `shape` with its axis of heads cut into `shape`'s own and `group`.
  static Shape grouped(Shape shape, std::int64_t group) {
    shape.insert(shape.rank() - 2, group);
    return shape;
  }
  /// k or v with each head repeated for the queries' heads that read it.
  template <class V>
  static V by_query_head(const V& x, const Shape& q) {
    const int heads = q.rank() - 3;
    if (heads < 0 || q[heads] == x.shape()[heads]) return x;
    Shape all = x.shape();
    all[heads] = q[heads];
    return reshape(
        expand(reshape(x, grouped(x.shape(), 1)), grouped(x.shape(), q[heads] / x.shape()[heads])),
        all);
  }
  /// The reverse for gradients.
  template <class V>
  static V sum_groups(const V& g, const Shape& shape) {
    const int heads = shape.rank() - 3;
    if (g.shape() == shape) return g;
    return reshape(
        sum_to(reshape(g, grouped(shape, g.shape()[heads] / shape[heads])), grouped(shape, 1)),
        shape);
  }
};

/// softmax(scale * q k^T + mask) v: q [..., t, d], k [..., s, d], v [..., s, e] give [..., t, e] of
/// q's memory order; leading axes are equal, but the last of them, the heads, may be fewer in k
/// and v: with heads = group * kv_heads, head h reads head h / group, and the gradients of k and v
/// are summed over the group in one order. The mask broadcasts to [..., t, s], is a constant,
/// and -infinity hides a key; a number so low that it absorbs the products does not, and leaves
/// gradients without the row's sum. A query that sees no key gets 0. Dropout, in [0, 1), is of the
/// probabilities, by the first s columns of a dropout_mask [..., t, s'], s' being s rounded up to a
/// multiple of 4. f32 or f64; 16-bit floats compute in f32, of which the mask is then. Sources:
/// Dao, Fu, Ermon, Rudra, Ré, arXiv:2205.14135; groups: Ainslie et al., arXiv:2305.13245.
template <Value Q, Value K, Value W>
auto attention(const Q& q, const K& k, const W& v, AttentionOptions options = {},
               const Tensor& mask = {}) {
  using V = std::common_type_t<Q, K, W>;
  if (options.scale == 0 && q.shape().rank() > 0)
    options.scale = 1 / std::sqrt(static_cast<double>(q.shape()[q.shape().rank() - 1]));
  auto f = [&](const V& a, const V& b, const V& c) {
    return apply_list(Attention{options}, std::vector<V>{a, b, c, value_as<V>(mask)})[0];
  };
  return as_product("attention", f, V(q), V(k), V(v));
}

}  // namespace tutti
