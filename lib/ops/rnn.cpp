#include "tutti/ops/rnn.h"

#include "launch.h"

namespace tutti {

std::vector<Tensor> RnnSequence::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor &weight = in[1], &h = in[2];
  require_recurrence(name, 1, in[0], weight, in.subspan(2), options);
  const Tensor x = in[0].contiguous();
  const StepOrder order{x.size(0), options.reverse};
  Tensor states({order.steps + 1, h.size(0), h.size(1)}, x.dtype(), x.device());
  states[order.first()].copy_from(h);
  const Tensor across = step_weight(weight, order.steps);
  const Tensor lengths = dense_lengths(options);
  x.device().dispatch([&](auto stream) {
    for (std::int64_t k = 0; k < order.steps; ++k) {
      const std::int64_t t = order.at(k);
      const Tensor before = states[order.before(t)], after = states[order.after(t)];
      launch::matmul(stream, after, before, across, {});
      launch::rnn_cell(stream, form == RnnForm::relu, after, x[t], before, {lengths, t});
    }
  });
  saving.input(1), saving.input(2), saving.output(0);
  saving.tensor(states);
  if (options.lengths) saving.tensor(options.lengths);  // is compared when backward reads
  return {order.afters(states)};
}

void RnnSequence::gradients(Pass<Tensor>& pass) const {
  const Tensor &weight = pass.inputs[1], &states = pass.tensors[0];
  const Tensor g = pass.gradients[0].contiguous();
  const StepOrder order{g.size(0), options.reverse};
  Tensor dx(g.shape(), g.dtype(), g.device()), product, room(g[0].shape(), g.dtype(), g.device());
  Tensor dh = Tensor::zeros(g[0].shape(), g.dtype(), g.device());
  const Tensor lengths = dense_lengths(options);
  g.device().dispatch([&](auto stream) {
    for (std::int64_t k = order.steps - 1; k >= 0; --k) {
      const std::int64_t t = order.at(k);
      launch::rnn_cell_gradients(stream, form == RnnForm::relu, dx[t], dh, product, g[t],
                                 states[order.after(t)], {lengths, t});
      if (k == 0 && !pass.needs[2]) break;
      launch::matmul(stream, room, dx[t], weight, {});
      product = room;
    }
  });
  if (pass.needs[1])
    pass.results[1] =
        matmul_tensor(fold_rows(dx).transpose(), fold_rows(order.befores(states)), {}, name);
  if (pass.needs[2]) pass.results[2] = dh + product;
  if (pass.needs[0]) pass.results[0] = dx;
}

}  // namespace tutti
