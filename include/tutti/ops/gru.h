// Gated recurrent units over sequences.
#pragma once

#include "tutti/ops/activation.h"
#include "tutti/ops/recurrent.h"

namespace tutti {

/// Inputs x, weight, bias and h; the bias may be empty. It keeps the weight and x, the gates'
/// values, the products and the states.
struct GruSequence {
  static constexpr std::string_view name = "gru";
  SequenceOptions options;

  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;

  template <class V>
  void backward(Pass<V>& pass) const {
    if constexpr (std::same_as<V, Tensor>)
      gradients(pass);
    else
      compose(pass);
  }

 private:
  void gradients(Pass<Tensor>& pass) const;

  template <class V>
  void compose(Pass<V>& pass) const {
    const V &x = pass.inputs[0], &weight = pass.inputs[1], &given = pass.inputs[3];
    const V &h = pass.outputs[0], before = states_before(h, given, options.reverse);
    const std::int64_t width = h.size(2);
    const V products = linear(before, weight, pass.inputs[2]);
    auto part = [&](const V& v, std::int64_t k) { return slice(v, 2, k * width, (k + 1) * width); };
    const V r = sigmoid(part(x, 0) + part(products, 0)),
            z = sigmoid(part(x, 1) + part(products, 1));
    const V n = tanh(part(x, 2) + r * part(products, 2));
    // What h changes by as the gates' sums do, and as n's product does.
    const V by_n = (1.0 - z) * (1.0 - n * n), by_z = (before - n) * z * (1.0 - z);
    const V by_r = by_n * part(products, 2) * r * (1.0 - r), by_product = by_n * r;
    std::vector<V> inputs(static_cast<std::size_t>(h.size(0)));
    V dh;
    auto step = [&](std::int64_t t, const V& total, const Tensor& live) {
      V kept = total * select(z, 0, t), own = live ? total * live : total;
      V dr = own * select(by_r, 0, t), dz = own * select(by_z, 0, t);
      inputs[static_cast<std::size_t>(t)] = concat({dr, dz, own * select(by_n, 0, t)}, 1);
      if (live) kept = kept * live + total * (1.0 - live);
      return std::pair(concat({dr, dz, own * select(by_product, 0, t)}, 1), kept);
    };
    V d = StepsBack<V>{h, given, weight, options}.run(pass.gradients[0], dh, step);
    if (pass.needs[0]) pass.results[0] = stack(inputs, 0);
    if (pass.needs[1]) pass.results[1] = matmul(transpose(fold_rows(d)), fold_rows(before));
    if (pass.needs[2]) pass.results[2] = sum_to(d, {3 * width});
    if (pass.needs[3]) pass.results[3] = dh;
  }
};

/// The states [steps, n, width] after each step: x and p = h weight^T + bias, each cut into r, z
/// and n, give n = tanh(x_n + sigmoid(x_r + p_r) p_n) and h = (1 - z) n + z h with z = sigmoid(x_z
/// + p_z). x [steps, n, 3 width] (what the inputs and their biases give), weight [3 width, width],
/// bias [3 width] or empty; h [n, width] before the first step. Dtypes: see SequenceOptions.
/// Source: Cho et al., arXiv:1406.1078, with the reset behind the product, as PyTorch has it.
template <Value V>
V gru(const V& x, const V& weight, const V& bias, const V& h, const SequenceOptions& options = {}) {
  auto f = [&](const V& a, const V& b, const V& c, const V& d) {
    return apply_list(GruSequence{options}, std::vector<V>{a, b, c, d})[0];
  };
  return with_f32("gru", f, x, weight, bias, h);
}

}  // namespace tutti
