#include "tutti/ops/gru.h"

#include "launch.h"

namespace tutti {

std::vector<Tensor> GruSequence::forward(Saving& saving, std::span<const Tensor> in) const {
  const Tensor &weight = in[1], &given = in[3];
  require_recurrence(name, 3, in[0], weight, in.subspan(3), options);
  if (in[2] && (in[2].shape() != Shape{weight.size(0)} || in[2].dtype() != weight.dtype()))
    raise("gru: found bias ", in[2].shape(), " of ", in[2].dtype(), " for weight ", weight.shape(),
          " of ", weight.dtype(), ", expected [", weight.size(0), "] of its dtype");
  const Tensor x = in[0].contiguous(), bias = in[2] ? in[2].contiguous() : in[2];
  const StepOrder order{x.size(0), options.reverse};
  Tensor h({order.steps + 1, given.size(0), given.size(1)}, x.dtype(), x.device());
  h[order.first()].copy_from(given);
  Shape kept = x.shape();
  if (!saving.wanted()) kept[0] = 1;
  Tensor gates(kept, x.dtype(), x.device()), products(kept, x.dtype(), x.device());
  const Tensor across = step_weight(weight, order.steps);
  const Tensor lengths = dense_lengths(options);
  x.device().dispatch([&](auto stream) {
    for (std::int64_t k = 0; k < order.steps; ++k) {
      const std::int64_t t = order.at(k), place = saving.wanted() ? t : 0;
      const Tensor before = h[order.before(t)], product = products[place];
      launch::matmul(stream, product, before, across, bias);
      launch::gru_cell(stream, gates[place], h[order.after(t)], x[t], product, before,
                       {lengths, t});
    }
  });
  for (std::size_t i = 0; i < 4; ++i)
    if (in[i]) saving.input(i);
  saving.output(0);
  saving.tensor(gates), saving.tensor(products), saving.tensor(h);
  if (options.lengths) saving.tensor(options.lengths);  // is compared when backward reads
  return {order.afters(h)};
}

void GruSequence::gradients(Pass<Tensor>& pass) const {
  const Tensor &weight = pass.inputs[1], &given = pass.inputs[3];
  const Tensor &gates = pass.tensors[0], &products = pass.tensors[1], &h = pass.tensors[2];
  const Tensor g = pass.gradients[0].contiguous();
  const StepOrder order{gates.size(0), options.reverse};
  Tensor dinputs(gates.shape(), g.dtype(), g.device()), product;
  Tensor dproducts(gates.shape(), g.dtype(), g.device());
  Tensor room(given.shape(), g.dtype(), g.device());
  Tensor dh = Tensor::zeros(given.shape(), g.dtype(), g.device());
  const Tensor lengths = dense_lengths(options);
  g.device().dispatch([&](auto stream) {
    for (std::int64_t k = order.steps - 1; k >= 0; --k) {
      const std::int64_t t = order.at(k);
      launch::gru_cell_gradients(stream, dinputs[t], dproducts[t], dh, product, g[t], gates[t],
                                 products[t], h[order.before(t)], {lengths, t});
      if (k == 0 && !pass.needs[3]) break;
      launch::matmul(stream, room, dproducts[t], weight, {});
      product = room;
    }
  });
  if (pass.needs[1])
    pass.results[1] =
        matmul_tensor(fold_rows(dproducts).transpose(), fold_rows(order.befores(h)), {}, name);
  if (pass.needs[2]) pass.results[2] = sum_to(dproducts, {weight.size(0)});
  if (pass.needs[3]) pass.results[3] = dh + product;
  if (pass.needs[0]) pass.results[0] = dinputs;
}

}  // namespace tutti
