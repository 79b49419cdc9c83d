// What tutti-bench train trains: the models of bench/peers/pytorch.py.
#include <algorithm>
#include <functional>

#include "train_steps.h"
#include "tutti/nn/conv2d.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/embedding.h"
#include "tutti/nn/gpt.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/pooling.h"
#include "tutti/nn/recurrent.h"
#include "tutti/nn/resnet.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"
#include "tutti/optim/adam.h"
#include "tutti/optim/sgd.h"

namespace tutti::bench {
namespace {

template <class M>
M initialised(M model) {
  model.initialise(/*seed=*/1);
  return model;
}

Trained train_gpt(Communicator& world, const TrainOptions& options) {
  auto model = initialised(
      nn::Gpt({.vocabulary = 65, .context = 64, .width = 128, .heads = 4, .layers = 4}));
  optim::AdamW adam(
      {{model.parameters(nn::is_matrix), {.beta2 = 0.99, .weight_decay = 0.1}},
       {model.parameters(std::not_fn(nn::is_matrix)), {.beta2 = 0.99, .weight_decay = 0}}});
  Values values(world.rank());
  auto draw = [&] { return Batch{values.below(65, {12, 64}), values.below(65, {12, 64})}; };
  return time_steps(world, model, std::move(adam), 1, draw, options);
}

Trained train_cnn(Communicator& world, const TrainOptions& options) {
  auto model = initialised(
      nn::Sequential(nn::Conv2d(1, 32, 3), nn::ReLU(), nn::MaxPool2d(2), nn::Conv2d(32, 64, 3),
                     nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Dropout(0.25),
                     nn::Linear(64 * 5 * 5, 128), nn::ReLU(), nn::Linear(128, 10)));
  Values values(world.rank());
  auto draw = [&] { return Batch{values.fractions({32, 1, 28, 28}), values.below(10, {32})}; };
  return time_steps(world, model, optim::Adam(model.parameters(), {.lr = 1e-3}), 0, draw, options);
}

Trained train_resnet(Communicator& world, const TrainOptions& options) {
  auto model = initialised(nn::resnet_cifar(20));
  Values values(world.rank());
  auto draw = [&] { return Batch{values.fractions({32, 3, 32, 32}), values.below(10, {32})}; };
  return time_steps(
      world, model,
      optim::Sgd(model.parameters(), {.lr = 0.01, .momentum = 0.9, .weight_decay = 5e-4}), 0, draw,
      options);
}

/// As samples/lstm.cpp has it.
struct CharacterModel : nn::Layer<CharacterModel> {
  nn::Embedding embedding = add("embedding", nn::Embedding(65, 256));
  nn::LSTM lstm = add("lstm", nn::LSTM(256, 256, {.layers = 2, .batch_first = true}));
  nn::Linear head = add("head", nn::Linear(256, 65));
  Variable forward(const Variable& tokens) const { return head(lstm(embedding(tokens)).y); }
};

Trained train_lstm(Communicator& world, const TrainOptions& options) {
  auto model = initialised(CharacterModel());
  Values values(world.rank());
  auto draw = [&] { return Batch{values.below(65, {32, 64}), values.below(65, {32, 64})}; };
  return time_steps(world, model, optim::Adam(model.parameters(), {.lr = 2e-3}), 0, draw, options);
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

const std::pair<std::string_view, Train*> models[] = {
    {"gpt", train_gpt},
    {"cnn", train_cnn},
    {"resnet", train_resnet},
    {"lstm", train_lstm},
    {"mlp",
     [](Communicator& world, const TrainOptions& options) {
       return train_perceptron(world, 64, {784, 512, 512, 10}, options);
     }},
    {"bigmlp",
     [](Communicator& world, const TrainOptions& options) {
       return train_perceptron(world, 32, {1024, 4096, 4096, 1024}, options);
     }},
};

}  // namespace

Train* find_training(std::string_view name) {
  const auto* found = std::ranges::find(models, name, [](auto& each) { return each.first; });
  return found == std::end(models) ? nullptr : found->second;
}

std::string training_names() {
  std::string names;
  for (const auto& [name, train] : models) names += text(names.empty() ? "" : " ", name);
  return names;
}

}  // namespace tutti::bench
