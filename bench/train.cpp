// The train subcommand: what a step of training takes, by the recipe of bench/peers/pytorch.py.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>

#include "commands.h"
#include "measure.h"
#include "op_times.h"
#include "options.h"
#include "tutti/base/philox.h"
#include "tutti/nn/conv2d.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/gpt.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/loss.h"
#include "tutti/nn/pooling.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"
#include "tutti/optim/adam.h"
#include "tutti/optim/clip.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/data_parallel.h"

namespace tutti::bench {
namespace {

struct TrainOptions {
  std::string model;
  int steps = 200, warm_up = 20;
  bool by_op = false;
};

/// What a training took.
struct Trained {
  std::vector<double> seconds;  ///< of each timed step, by this rank's clock
  std::int64_t samples = 0;     ///< of this rank, a step
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

/// Collective. `draw` gives a batch; gradients are
/// clipped to max_norm where that is positive. Error unless the training went well.
template <class M, class O>
Trained time_steps(Communicator& world, M model, O optimizer, double max_norm,
                   const std::function<Batch()>& draw, const TrainOptions& options) {
  parallel::DataParallel parallel_model(world, model);
  const std::vector<Parameter> parameters = model.parameters();
  std::vector<Batch> batches;
  for (int i = 0; i < 16; ++i) batches.push_back(draw());

  Trained trained{{}, batches[0].x.size(0)};
  double loss_here = 0;
  const auto step = [&](int number) {
    const Batch& batch = batches[static_cast<std::size_t>(number) % batches.size()];
    const auto begin = std::chrono::steady_clock::now();
    const Variable loss = nn::cross_entropy(parallel_model(batch.x), batch.y);
    loss.backward();
    if (max_norm > 0) optim::clip_grad_norm(parameters, max_norm);
    optimizer.step();
    optimizer.zero_grad();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    loss_here = loss.item();
    return spent.count();
  };
  for (int i = 0; i < options.warm_up; ++i) step(i);
  for (int i = 0; i < options.steps; ++i) trained.seconds.push_back(step(i));
  if (options.by_op) {  // apart, since looking takes time, too
    OpTimes times;
    const OpObserverScope scope(times);
    double seconds = 0;
    for (int i = 0; i < options.steps; ++i) seconds += step(i);
    if (world.rank() == 0) times.print(std::cout, options.steps, seconds);
  }
  if (!std::isfinite(loss_here))
    raise("tutti-bench: found a loss of ", loss_here, " after training ", options.model,
          ", expected a finite one");
  parallel::agreed_digest(world, model);
  return trained;
}

template <class M>
M initialised(M model) {
  model.initialise(/*seed=*/1);
  return model;
}

Trained train_chargpt(Communicator& world, const TrainOptions& options) {
  auto model = initialised(
      nn::Gpt({.vocabulary = 65, .context = 64, .width = 128, .heads = 4, .layers = 4}));
  optim::AdamW adam(
      {{model.parameters(nn::is_matrix), {.beta2 = 0.99, .weight_decay = 0.1}},
       {model.parameters(std::not_fn(nn::is_matrix)), {.beta2 = 0.99, .weight_decay = 0}}});
  Values values(world.rank());
  auto draw = [&] { return Batch{values.below(65, {12, 64}), values.below(65, {12, 64})}; };
  return time_steps(world, model, std::move(adam), 1, draw, options);
}

Trained train_mnist(Communicator& world, const TrainOptions& options) {
  auto model = initialised(
      nn::Sequential(nn::Conv2d(1, 32, 3), nn::ReLU(), nn::MaxPool2d(2), nn::Conv2d(32, 64, 3),
                     nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Dropout(0.25),
                     nn::Linear(64 * 5 * 5, 128), nn::ReLU(), nn::Linear(128, 10)));
  Values values(world.rank());
  auto draw = [&] { return Batch{values.fractions({32, 1, 28, 28}), values.below(10, {32})}; };
  return time_steps(world, model, optim::Adam(model.parameters(), {.lr = 1e-3}), 0, draw, options);
}

/// Linear layers with ReLU between them.
Trained train_perceptron(Communicator& world, std::int64_t batch,
                         const std::vector<std::int64_t>& widths, const TrainOptions& options) {
  nn::Sequential model;
  for (std::size_t i = 1; i < widths.size(); ++i) {
    if (i > 1) model.append(nn::ReLU());
    model.append(nn::Linear(widths[i - 1], widths[i]));
  }
  model.initialise(/*seed=*/1);
  Values values(world.rank());
  auto draw = [&] {
    return Batch{values.fractions({batch, widths.front()}),
                 values.below(static_cast<std::uint32_t>(widths.back()), {batch})};
  };
  return time_steps(world, model, optim::Sgd(model.parameters(), {.lr = 0.01, .momentum = 0.9}), 0,
                    draw, options);
}

using Train = Trained(Communicator&, const TrainOptions&);

const std::pair<std::string_view, Train*> models[] = {
    {"chargpt", train_chargpt},
    {"mnist", train_mnist},
    {"mlp",
     [](Communicator& world, const TrainOptions& options) {
       return train_perceptron(world, 64, {784, 512, 512, 10}, options);
     }},
    {"bigmlp",
     [](Communicator& world, const TrainOptions& options) {
       return train_perceptron(world, 32, {1024, 4096, 4096, 1024}, options);
     }},
};

std::string model_names() {
  std::string names;
  for (const auto& [name, train] : models) names += text(names.empty() ? "" : " ", name);
  return names;
}

void run_train(Communicator& world, const TrainOptions& options) {
  const auto* found =
      std::ranges::find(models, options.model, [](auto& each) { return each.first; });
  if (found == std::end(models))
    raise("tutti-bench: found ",
          options.model.empty() ? "no MODEL" : text("the MODEL ", options.model),
          ", expected one of ", model_names());
  const Trained trained = found->second(world, options);
  if (world.rank() != 0) return;
  const double median = quantile(trained.seconds, 0.5);
  const auto memory = static_cast<double>(Device::cpu().allocator().statistics().source_bytes);
  std::printf(
      "train model=%s ranks=%d ms_per_step=%.4g p99=%.4g samples_per_second=%.0f "
      "memory_mib=%.0f steps=%d\n",
      options.model.c_str(), world.size(), 1e3 * median, 1e3 * quantile(trained.seconds, 0.99),
      static_cast<double>(trained.samples * world.size()) / median, memory / (1 << 20),
      options.steps);
}

}  // namespace

void add_train(CLI::App& app, Communicator& world) {
  CLI::App* command =
      app.add_subcommand("train", "a step of data parallel training, as bench/peers/pytorch.py");
  command->footer("As in: OMP_NUM_THREADS=1 mpirun -np 2 tutti-bench train chargpt");
  auto options = std::make_shared<TrainOptions>();
  command->add_option("MODEL", options->model, model_names());
  command->add_option("--steps", options->steps, "timed steps")
      ->check(at_least(1))
      ->capture_default_str();
  command->add_option("--warmup", options->warm_up, "steps before them")
      ->check(at_least(0))
      ->capture_default_str();
  command->add_flag("--by-op", options->by_op, "runs the steps again, and says what ops took");
  command->callback([&world, options] { run_train(world, *options); });
}

}  // namespace tutti::bench
