// A plain recurrence over sequences.
#pragma once

#include "tutti/ops/recurrent.h"

namespace tutti {

enum class RnnForm { tanh, relu };

/// Inputs x, weight and h. It keeps the weight and the states.
struct RnnSequence {
  static constexpr std::string_view name = "rnn";
  RnnForm form;
  SequenceOptions options;

  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const;

  template <class V>
  void backward(Pass<V>& pass) const {
    if constexpr (std::same_as<V, Tensor>) {
      gradients(pass);
    } else {
      const V &h = pass.outputs[0], &weight = pass.inputs[1], &given = pass.inputs[2];
      V slope = form == RnnForm::tanh ? 1.0 - h * h : V(greater(h, 0).to(h.dtype())), dh;
      auto step = [&](std::int64_t t, const V& total, const Tensor& live) {
        V d = total * select(slope, 0, t);
        if (!live) return std::pair(d, V());
        return std::pair(d * live, total * (1.0 - live));
      };
      V d = StepsBack<V>{h, given, weight, options}.run(pass.gradients[0], dh, step);
      if (pass.needs[0]) pass.results[0] = d;
      if (pass.needs[1])
        pass.results[1] =
            matmul(transpose(fold_rows(d)), fold_rows(states_before(h, given, options.reverse)));
      if (pass.needs[2]) pass.results[2] = dh;
    }
  }

 private:
  void gradients(Pass<Tensor>& pass) const;
};

/// The states [steps, n, width] after each step h = tanh(x + h weight^T), or relu of that: x
/// [steps, n, width], weight [width, width], h [n, width] before the first. Dtypes: see
/// SequenceOptions.
template <Value V>
V rnn(const V& x, const V& weight, const V& h, RnnForm form = RnnForm::tanh,
      const SequenceOptions& options = {}) {
  auto f = [&](const V& a, const V& b, const V& c) {
    return apply_list(RnnSequence{form, options}, std::vector<V>{a, b, c})[0];
  };
  return with_f32("rnn", f, x, weight, h);
}

}  // namespace tutti
