// What recurrences over sequences share.
#pragma once

#include "tutti/ops/compare.h"
#include "tutti/ops/concat.h"
#include "tutti/ops/matmul.h"

namespace tutti {

/// Of rnn, lstm and gru. Their inputs are f64, or f32, f16 and bf16, which meet as elsewhere (see
/// promoted): the states come in the dtype in which all inputs meet, and 16-bit ones are computed
/// in f32 and rounded once. f64 beside another dtype is an Error.
struct SequenceOptions {
  /// i64 [n], from 0 to the number of steps: at step lengths[i] and later, sequence i keeps its
  /// state. On the CPU another one is an Error. Empty: all have all steps.
  Tensor lengths = {};
  bool reverse = false;  ///< from the last step to the first
};

/// In which order a recurrence passes its steps. The states lie together as [steps + 1, n, width],
/// the given one at an end: that of step t stands before it where the order begins.
struct StepOrder {
  std::int64_t steps;
  bool reverse;
  std::int64_t at(std::int64_t k) const { return reverse ? steps - 1 - k : k; }
  std::int64_t before(std::int64_t t) const { return reverse ? t + 1 : t; }
  std::int64_t after(std::int64_t t) const { return reverse ? t : t + 1; }
  std::int64_t first() const { return reverse ? steps : 0; }
  /// The states after, and before, every step: views.
  Tensor afters(const Tensor& states) const { return states.slice(0, after(0), after(0) + steps); }
  Tensor befores(const Tensor& states) const {
    return states.slice(0, before(0), before(0) + steps);
  }
};

/// Error naming `who` unless x is [steps, n, gates * width], weight [gates * width, width] and
/// every state [n, width], of one float dtype, with one step or more; and for lengths that do not
/// fit.
void require_recurrence(std::string_view who, std::int64_t gates, const Tensor& x,
                        const Tensor& weight, std::span<const Tensor> states,
                        const SequenceOptions& options);

/// The transposed weight, as a copy where there are enough steps to profit: read along its rows, a
/// step's product takes five sixths (32 rows by 256 x 1024), and the copy as long as one of them.
Tensor step_weight(const Tensor& weight, std::int64_t steps);

/// The lengths as kernels read them, dense; empty where there are none.
Tensor dense_lengths(const SequenceOptions& options);

/// [steps, n, 1]: 1 where a sequence has the step, else 0. Empty where all have all.
Tensor live_steps(const SequenceOptions& options, std::int64_t steps, Dtype dtype);

/// The states before every step, by those after it and the one given.
template <Value V>
V states_before(const V& states, const V& given, bool reverse) {
  const std::int64_t steps = states.size(0);
  V first = reshape(given, {1, given.size(0), given.size(1)});
  if (steps == 1) return first;
  return reverse ? concat({slice(states, 0, 1, steps), first})
                 : concat({first, slice(states, 0, 0, steps - 1)});
}

/// What the composed backwards of recurrences do at each step, from the last in order to the first.
template <Value V>
struct StepsBack {
  const V &h, &given, &weight;  ///< the states [steps, n, width], the one before, and [rows, width]
  const SequenceOptions& options;

  /// step(t, dh, live) gets what reaches h at step t, and 1 or 0 for each sequence [n, 1] (empty:
  /// all live). It gives what reaches the products with the state, already 0 where not live, and
  /// what reaches the state before beside those. Returns the former [steps, n, rows]; dh becomes
  /// what reaches `given`.
  template <class Step>
  V run(const V& gradient, V& dh, Step step) const {
    const StepOrder order{h.size(0), options.reverse};
    const Tensor live = live_steps(options, order.steps, h.dtype());
    std::vector<V> products(static_cast<std::size_t>(order.steps));
    dh = V(Tensor::zeros(given.shape(), given.dtype(), given.device()));
    for (std::int64_t k = order.steps - 1; k >= 0; --k) {
      const std::int64_t t = order.at(k);
      V total = gradient ? dh + select(gradient, 0, t) : dh;
      auto [product, rest] = step(t, total, live ? live[t] : Tensor());
      dh = matmul(product, weight);
      if (rest) dh = dh + rest;
      products[static_cast<std::size_t>(t)] = product;
    }
    return stack(products, 0);
  }
};

}  // namespace tutti
