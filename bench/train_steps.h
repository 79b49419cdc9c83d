// What a training run of the bench is: the steps that are timed, and the batches.
#pragma once

#include <chrono>
#include <cmath>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "op_times.h"
#include "product_counter.h"
#include "tutti/base/philox.h"
#include "tutti/nn/loss.h"
#include "tutti/optim/clip.h"
#include "tutti/parallel/data_parallel.h"

namespace tutti::bench {

struct TrainOptions {
  std::string model;
  int steps = 200, warm_up = 20;
  bool by_op = false;
  std::string json, plot;
};

/// What a training took.
struct Trained {
  std::int64_t samples = 0;     ///< of this rank, a step
  std::vector<double> seconds;  ///< of each timed step, by this rank's clock
  std::vector<double> passes;   ///< of its forward and backward, and the exchange within
  OpTimes times;                ///< of as many steps, run again, where that is wanted
  ProductCounter products;      ///< in them
  double observed = 0;          ///< seconds that they took
};

struct Batch {
  Tensor x, y;
};

/// Random values of a rank's own.
class Values {
 public:
  explicit Values(int rank) : philox_(2 + static_cast<std::uint64_t>(rank)) {}

  /// f32 in [0, 1).
  Tensor fractions(const Shape& shape) {
    return filled<float>(shape, [](std::uint32_t word) { return uniform_float(word); });
  }
  /// i64 in [0, end).
  Tensor below(std::uint32_t end, const Shape& shape) {
    return filled<std::int64_t>(shape, [end](std::uint32_t word) { return word % end; });
  }

 private:
  template <class T, class F>
  Tensor filled(const Shape& shape, F value) {
    std::vector<T> values;
    for (std::int64_t i = 0; i < shape.count(); ++i)
      values.push_back(static_cast<T>(value(philox_.at(0, next_++)[0])));
    return Tensor::from(values, shape);
  }
  Philox philox_;
  std::uint64_t next_ = 0;
};

/// Collective. `draw` gives a batch; gradients are clipped to max_norm where that is positive.
/// Error unless the training went well.
template <class M, class O>
Trained time_steps(Communicator& world, M model, O optimizer, double max_norm,
                   const std::function<Batch()>& draw, const TrainOptions& options) {
  parallel::DataParallel parallel_model(world, model);
  const std::vector<Parameter> parameters = model.parameters();
  std::vector<Batch> batches;
  for (int i = 0; i < 16; ++i) batches.push_back(draw());

  Trained trained;
  trained.samples = batches[0].x.size(0);
  double loss_here = 0;
  const auto step = [&](int number) {
    const Batch& batch = batches[static_cast<std::size_t>(number) % batches.size()];
    const auto begin = std::chrono::steady_clock::now();
    const Variable loss = nn::cross_entropy(parallel_model(batch.x), batch.y);
    loss.backward();
    const std::chrono::duration<double> passes = std::chrono::steady_clock::now() - begin;
    if (max_norm > 0) optim::clip_grad_norm(parameters, max_norm);
    optimizer.step();
    optimizer.zero_grad();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    loss_here = loss.item();
    return std::pair(spent.count(), passes.count());
  };
  for (int i = 0; i < options.warm_up; ++i) step(i);
  for (int i = 0; i < options.steps; ++i) {
    const auto [spent, passes] = step(i);
    trained.seconds.push_back(spent);
    trained.passes.push_back(passes);
  }
  if (options.by_op) {  // apart, since looking takes time, too
    const OpObserverScope timing(trained.times), counting(trained.products);
    for (int i = 0; i < options.steps; ++i) trained.observed += step(i).first;
  }
  if (!std::isfinite(loss_here))
    raise("tutti-bench: found a loss of ", loss_here, " after training ", options.model,
          ", expected a finite one");
  parallel::agreed_digest(world, model);
  return trained;
}

/// Collective.
using Train = Trained(Communicator&, const TrainOptions&);

/// The training of this name; null for none.
Train* find_training(std::string_view name);
/// "gpt cnn ...".
std::string training_names();

}  // namespace tutti::bench
