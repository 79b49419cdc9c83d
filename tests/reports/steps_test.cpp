// Reports of ranks whose steps do not pair, and of backwards that belong to no step.
#include "on_ranks.h"
#include "tutti/comm/values.h"
#include "tutti/nn/linear.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using test::expect_named;
using test::expect_right;

namespace {

Tensor batch(const Communicator& world) {
  return Tensor::full({4, 3}, 1 + world.rank());
}

nn::Linear square_layer(std::uint64_t seed) {
  nn::Linear layer(3, 3);
  layer.initialise(seed);
  return layer;
}

}  // namespace

// NVIDIA/Megatron-LM#107, pytorch/pytorch#64629
TEST_CASE("two wrapped models that one rank's graph reaches in another order") {
  expect_named(
      [](Communicator& world) {
        parallel::DataParallel a(world, square_layer(1)), b(world, square_layer(2));
        sum(world.rank() == 1 ? a(b(batch(world))) : b(a(batch(world)))).backward();
      },
      "let the backwards of several wrapped models come in the same order");
}

// Lightning-AI/pytorch-lightning#5243
TEST_CASE("a batch that one rank skips, before its forward or behind it") {
  auto body = [](bool behind) {
    return [=](Communicator& world) {
      nn::Linear model = square_layer(1);
      parallel::DataParallel parallel_model(world, model);
      optim::Sgd sgd(model.parameters());
      double losses = 0;
      for (int step = 0; step < 4; ++step) {
        const bool bad = step == 1 && world.rank() == 1;
        if (bad && !behind) continue;
        Variable loss = mean(parallel_model(batch(world)));
        if (bad) continue;
        loss.backward();
        sgd.step();
        sgd.zero_grad();
        losses += loss.item();
      }
      losses = all_reduce(world, losses, ReduceOp::average(), {.label = "losses"});
    };
  };
  expect_named(body(false), "All ranks must make calls of the same label in the same order");
  expect_named(body(true), "where a batch is left out, all ranks leave it out");
}

// Lightning-AI/pytorch-lightning#12190
TEST_CASE("a loss that is constant on one rank") {
  expect_named(
      [](Communicator& world) {
        nn::Linear model = square_layer(1);
        parallel::DataParallel parallel_model(world, model);
        optim::Sgd sgd(model.parameters());
        for (int step = 0; step < 4; ++step) {
          Variable loss = mean(parallel_model(batch(world)));
          if (step == 1 && world.rank() == 1) loss = Variable(Tensor::full({}, 0));
          if (loss.requires_grad()) loss.backward();
          sgd.step();
          sgd.zero_grad();
        }
      },
      "found no gradient in any of 2 parameters");
}

// pytorch/pytorch#39141
TEST_CASE("an optimizer's step between a discriminator's forward and its backward") {
  expect_named(
      [](Communicator& world) {
        nn::Linear generator = square_layer(1), discriminator = square_layer(2);
        parallel::DataParallel g(world, generator), d(world, discriminator);
        optim::Sgd sgd(discriminator.parameters());
        mean(d(batch(world))).backward();
        Variable judged = mean(d(g(batch(world))));
        sgd.step();
        judged.backward();
      },
      "written in place between forward and backward, as by an optimizer's step");
}

// iCog-Labs-Dev/PC-Transformers#135
TEST_CASE("a parameter that is added behind the wrapper's back") {
  struct Growing : nn::Layer<Growing> {
    nn::Linear first = add("first", nn::Linear(3, 3));
    void grow() { add_parameter("scale", {3}, nn::ones()); }
    Variable forward(const Variable& x) const { return first(x); }
  };
  expect_named(
      [](Communicator& world) {
        Growing model;
        model.initialise(1);
        parallel::DataParallel parallel_model(world, model);
        model.grow();
      },
      "found \"scale\" added to a module that a wrapper holds");
}

// locuslab/fast_adversarial#14
TEST_CASE("the gradient of an attack, by a wrapped model in evaluation mode") {
  expect_named(
      [](Communicator& world) {
        nn::Linear model = square_layer(1);
        parallel::DataParallel parallel_model(world, model);
        model.eval();
        Variable delta(batch(world), true);
        sum(parallel_model(delta)).backward();
      },
      "a forward in evaluation mode");
  expect_right([](Communicator& world) {
    nn::Linear model(3, 3);
    model.initialise(1, Device::cpu(), Dtype::f64);
    parallel::DataParallel parallel_model(world, model);
    model.eval();
    Variable delta(test::samples_of(world.rank()), true);
    const Tensor attack = grad(sum(parallel_model(delta)), {delta})[0].value();
    test::require_close(attack, sum(model.weight().value(), {0}).expand({2, 3}), "the attack");
    if (model.weight().grad()) raise("found a gradient in the weight's slot");
    model.train();
    mean(parallel_model(test::samples_of(world.rank()))).backward();
  });
}

// huggingface/kernels-community#1083
TEST_CASE("two backwards in a step") {
  expect_named(
      [](Communicator& world) {
        parallel::DataParallel parallel_model(world, square_layer(1));
        Variable y = parallel_model(batch(world));
        sum(y).backward({.retain = true});
        sum(y * y).backward();
      },
      "found a second backward in a step");
}

// pytorch/pytorch#137268
TEST_CASE("a validation in training mode on rank 0 alone") {
  expect_named(
      [](Communicator& world) {
        nn::Linear model = square_layer(1);
        parallel::DataParallel parallel_model(world, model);
        optim::Sgd sgd(model.parameters());
        for (int step = 0; step < 3; ++step) {
          mean(parallel_model(batch(world))).backward();
          sgd.step();
          sgd.zero_grad();
          if (step == 1 && world.rank() == 0) parallel_model(batch(world));
        }
      },
      "found a forward for shard 2 of 1");
}
