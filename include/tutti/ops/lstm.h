// Long short-term memory over sequences.
#pragma once

#include "tutti/ops/activation.h"
#include "tutti/ops/recurrent.h"

namespace tutti {

/// Inputs x, weight, h and c; outputs h and c after each step. It keeps x, the weight, the gates'
/// values and the states.
struct LstmSequence {
  static constexpr std::string_view name = "lstm";
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
    const V &h = pass.outputs[0], &c = pass.outputs[1], &weight = pass.inputs[1];
    const V h_before = states_before(h, pass.inputs[2], options.reverse);
    const V c_before = states_before(c, pass.inputs[3], options.reverse);
    const std::int64_t width = h.size(2);
    const V sums = pass.inputs[0] + matmul(h_before, transpose(weight));
    auto part = [&](std::int64_t k) { return slice(sums, 2, k * width, (k + 1) * width); };
    const V i = sigmoid(part(0)), f = sigmoid(part(1)), g = tanh(part(2)), o = sigmoid(part(3));
    const V squashed = tanh(c);
    // What c, or h, changes by as the gates' sums do, and c as h does.
    const V by_i = g * i * (1.0 - i), by_f = c_before * f * (1.0 - f), by_g = i * (1.0 - g * g);
    const V by_o = squashed * o * (1.0 - o), by_c = o * (1.0 - squashed * squashed);
    V dc(Tensor::zeros(pass.inputs[3].shape(), c.dtype(), c.device())), dh;
    auto step = [&](std::int64_t t, const V& total, const Tensor& live) {
      if (pass.gradients[1]) dc = dc + select(pass.gradients[1], 0, t);
      V through = total * select(by_c, 0, t);
      V cell = dc + (live ? through * live : through);
      V d = concat({cell * select(by_i, 0, t), cell * select(by_f, 0, t), cell * select(by_g, 0, t),
                    total * select(by_o, 0, t)},
                   1);
      dc = cell * select(f, 0, t);
      if (!live) return std::pair(d, V());
      dc = dc * live + cell * (1.0 - live);
      return std::pair(d * live, total * (1.0 - live));
    };
    V d = StepsBack<V>{h, pass.inputs[2], weight, options}.run(pass.gradients[0], dh, step);
    if (pass.needs[0]) pass.results[0] = d;
    if (pass.needs[1]) pass.results[1] = matmul(transpose(fold_rows(d)), fold_rows(h_before));
    if (pass.needs[2]) pass.results[2] = dh;
    if (pass.needs[3]) pass.results[3] = dc;
  }
};

/// The states {h, c}, [steps, n, width] each, after each step: the sums x + h weight^T, cut into i,
/// f, g and o, give c = sigmoid(f) c + sigmoid(i) tanh(g) and h = sigmoid(o) tanh(c). x [steps, n,
/// 4 width] (what the inputs and the biases give), weight [4 width, width]; h and c [n, width]
/// before the first step. Dtypes: see SequenceOptions. Source: Gers, Schmidhuber, Cummins, Neural
/// Computation 12, 2000.
template <Value V>
std::vector<V> lstm(const V& x, const V& weight, const V& h, const V& c,
                    const SequenceOptions& options = {}) {
  auto f = [&](const V& x_in, const V& w, const V& h_in, const V& c_in) {
    return apply_list(LstmSequence{options}, std::vector<V>{x_in, w, h_in, c_in});
  };
  return with_f32("lstm", f, x, weight, h, c);
}

}  // namespace tutti
