// How well a classifier does on a data set.
#pragma once

#include <tutti/tutti.h>

namespace samples {

struct Evaluation {
  double loss;      ///< mean cross-entropy of a label
  double accuracy;  ///< how many labels get the highest logit, of all
};

/// Collective: every rank looks at its share. `model` gives logits [..., classes] for the data
/// set's first field; the second holds the labels, [...]. It is left in training mode.
template <class M>
Evaluation evaluate(tutti::Communicator& world, M& model, const tutti::data::Dataset& set,
                    const tutti::Device& device, std::int64_t batch) {
  using namespace tutti;
  NoGrad no_grad;
  model.eval();
  double sums[3] = {0, 0, 0};
  data::DistributedSampler sampler(set.size(), {.batch = batch, .shuffle = false}, world);
  for (auto& step : data::Loader(set, sampler)) {
    for (auto [x, y] : step) {
      if (y.count() == 0) continue;
      const Variable logits = model(x.to(device));
      const Tensor labels = y.to(device);
      const auto count = static_cast<double>(y.count());
      sums[0] += nn::cross_entropy(logits, labels).item() * count;
      sums[1] += sum(equal(argmax(logits.value()), labels).to(Dtype::f32)).item();
      sums[2] += count;
    }
  }
  model.train();
  all_reduce(world, block_of(sums, 3), ReduceOp::sum());
  return {sums[0] / sums[2], sums[1] / sums[2]};
}

}  // namespace samples
