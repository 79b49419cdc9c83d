#include "tutti/ops/lstm.h"

#include "launch.h"

namespace tutti {

std::vector<Tensor> LstmSequence::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor& weight = in[1];
  require_recurrence(name, 4, in[0], weight, in.subspan(2), options);
  const Tensor x = in[0].contiguous();
  const StepOrder order{x.size(0), options.reverse};
  const Shape all{order.steps + 1, in[2].size(0), in[2].size(1)};
  Tensor h(all, x.dtype(), x.device()), c(all, x.dtype(), x.device());
  h[order.first()].copy_from(in[2]), c[order.first()].copy_from(in[3]);
  Shape kept = x.shape();
  if (!saving.wanted()) kept[0] = 1;
  Tensor gates(kept, x.dtype(), x.device());
  const Tensor across = step_weight(weight, order.steps);
  const Tensor lengths = dense_lengths(options);
  x.device().dispatch([&](auto stream) {
    for (std::int64_t k = 0; k < order.steps; ++k) {
      const std::int64_t t = order.at(k), before = order.before(t), after = order.after(t);
      const Tensor gate = gates[saving.wanted() ? t : 0];
      launch::matmul(stream, gate, h[before], across, {});
      launch::lstm_cell(stream, gate, h[after], c[after], x[t], h[before], c[before], {lengths, t});
    }
  });
  for (std::size_t i = 0; i < 4; ++i) saving.input(i);
  saving.output(0), saving.output(1);
  saving.tensor(gates), saving.tensor(h), saving.tensor(c);
  if (options.lengths) saving.tensor(options.lengths);  // is compared when backward reads
  return {order.afters(h), order.afters(c)};
}

void LstmSequence::gradients(Pass<Tensor>& pass) const {
  const Tensor &weight = pass.inputs[1], &given = pass.inputs[2];
  const Tensor &gates = pass.tensors[0], &h = pass.tensors[1], &c = pass.tensors[2];
  const StepOrder order{gates.size(0), options.reverse};
  auto dense = [](const Tensor& g) { return g ? g.contiguous() : g; };
  auto step_of = [](const Tensor& g, std::int64_t t) { return g ? g[t] : g; };
  const Tensor gh = dense(pass.gradients[0]), gc = dense(pass.gradients[1]);
  Tensor d(gates.shape(), gates.dtype(), gates.device()), product;
  Tensor room(given.shape(), given.dtype(), given.device());
  Tensor dh = Tensor::zeros(given.shape(), given.dtype(), given.device()), dc = dh.clone();
  const Tensor lengths = dense_lengths(options);
  gates.device().dispatch([&](auto stream) {
    for (std::int64_t k = order.steps - 1; k >= 0; --k) {
      const std::int64_t t = order.at(k);
      launch::lstm_cell_gradients(stream, d[t], dh, dc, product, step_of(gh, t), step_of(gc, t),
                                  gates[t], c[order.after(t)], c[order.before(t)], {lengths, t});
      if (k == 0 && !pass.needs[2]) break;
      launch::matmul(stream, room, d[t], weight, {});
      product = room;
    }
  });
  if (pass.needs[1])
    pass.results[1] =
        matmul_tensor(fold_rows(d).transpose(), fold_rows(order.befores(h)), {}, name);
  if (pass.needs[2]) pass.results[2] = dh + product;
  if (pass.needs[3]) pass.results[3] = dc;
  if (pass.needs[0]) pass.results[0] = d;
}

}  // namespace tutti
