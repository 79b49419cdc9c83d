#include "tutti/parallel/data_parallel.h"

#include <mutex>

#include "support/catch.h"
#include "support/quick.h"
#include "tutti/comm/threads.h"
#include "tutti/data/drawn_digits.h"
#include "tutti/data/loader.h"
#include "tutti/nn/conv2d.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/loss.h"
#include "tutti/nn/pooling.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"
#include "tutti/optim/sgd.h"

using namespace tutti;

namespace {

nn::Sequential small_net(double dropout = 0.2) {
  return nn::Sequential(nn::Conv2d(1, 4, 5, {.stride = 3}), nn::ReLU(), nn::MaxPool2d(2),
                        nn::Flatten(), nn::Dropout(dropout), nn::Linear(64, 10));
}

struct Setup {
  int ranks;
  std::int64_t shards, samples = 103, batch = 5;
  std::size_t bucket_bytes = 1000;
  int epochs = 2;
  std::string_view algorithm = {};
  Placement placement = Placement::consecutive;
};

// Trains and returns the digest on which all ranks agree.
std::string train(const Setup& setup) {
  data::DrawnDigits digits(setup.samples, 1, data::Split::train);
  std::string result;
  std::mutex mutex;
  run_threads(setup.ranks, [&](Communicator& world) {
    nn::Sequential model = small_net();
    model.initialise(world.rank());  // rank 0's values must win
    parallel::DataParallel parallel_model(world, model,
                                          {.shards = setup.shards,
                                           .placement = setup.placement,
                                           .bucket_bytes = setup.bucket_bytes,
                                           .algorithm = setup.algorithm});
    model.initialise(5);
    parallel::broadcast_values(world, model);
    optim::Sgd sgd(model.parameters(), {.lr = 0.05, .momentum = 0.9});
    data::DistributedSampler sampler(
        digits.size(), {.batch = setup.batch, .shards = setup.shards, .placement = setup.placement},
        world.rank(), world.size());
    for (int epoch = 0; epoch < setup.epochs; ++epoch) {
      sampler.set_epoch(epoch);
      for (auto& step : data::Loader(digits, sampler)) {
        for (auto [images, labels] : step)
          nn::cross_entropy(parallel_model(images), labels).backward();
        sgd.step();
        sgd.zero_grad();
      }
    }
    std::string digest = hex(parallel::agreed_digest(world, model));
    std::lock_guard lock(mutex);
    result = digest;
  });
  return result;
}

}  // namespace

TEST_CASE("the number of ranks, buckets and algorithms leave no trace in the bits") {
  std::string reference = train({.ranks = 1, .shards = 8});
  for (int ranks : test::rank_counts({1, 2, 4, 8}))
    CHECK(train({.ranks = ranks, .shards = 8}) == reference);
  CHECK(train({.ranks = 2, .shards = 8, .bucket_bytes = 1}) == reference);
  CHECK(train({.ranks = 2, .shards = 8, .bucket_bytes = 1 << 20}) == reference);
  CHECK(train({.ranks = 4, .shards = 8, .algorithm = "binomial_tree"}) == reference);
  CHECK(train({.ranks = 4, .shards = 8, .algorithm = "recursive_doubling"}) == reference);
  for (int ranks : {2, 4})
    CHECK(train({.ranks = ranks, .shards = 8, .placement = Placement::strided}) == reference);
  CHECK(train({.ranks = 1, .shards = 4}) != reference);
  std::string six = train({.ranks = 1, .shards = 6});
  CHECK(train({.ranks = 3, .shards = 6}) == six);
  CHECK(train({.ranks = 6, .shards = 6}) == six);
}

TEST_CASE("gradients are the mean over all samples, short and empty shards included") {
  for (std::int64_t samples : {1, 7, 29, 30}) {
    data::DrawnDigits digits(samples, 1, data::Split::train);
    nn::Sequential whole = small_net(0);
    whole.initialise(5, Device::cpu(), Dtype::f64);
    std::vector<std::int64_t> all;
    for (std::int64_t i = 0; i < samples; ++i) all.push_back(i);
    auto [images, labels] = digits.batch(all);
    nn::cross_entropy(whole(images.to(Dtype::f64)), labels).backward();
    run_threads(3, [&](Communicator& world) {
      nn::Sequential model = small_net(0);
      model.initialise(5, Device::cpu(), Dtype::f64);
      parallel::DataParallel parallel_model(world, model, {.shards = 6});
      data::DistributedSampler sampler(samples, {.batch = 5, .shards = 6}, world.rank(),
                                       world.size());
      std::size_t steps = 0;
      for (auto& step : data::Loader(digits, sampler)) {
        ++steps;
        for (auto [x, y] : step) {
          nn::cross_entropy(parallel_model(x.to(Dtype::f64)), y).backward();
        }
      }
      if (steps != 1) raise("expected one step");
      auto mine = model.parameters(), expected = whole.parameters();
      for (std::size_t i = 0; i < mine.size(); ++i) {
        auto a = mine[i].grad().to_vector<double>(), b = expected[i].grad().to_vector<double>();
        for (std::size_t k = 0; k < a.size(); ++k)
          if (!(std::abs(a[k] - b[k]) <= 1e-12 * (1 + std::abs(b[k]))))
            raise("parameter ", i, " element ", k, ": found ", a[k], ", expected ", b[k]);
      }
    });
  }
}

TEST_CASE("misuse is named on every rank") {
  nn::Linear linear(3, 2);
  linear.initialise(1);
  Tensor x = Tensor::full({4, 3}, 1);
  run_threads(1, [&](Communicator& world) {
    CHECK_THROWS_AS(parallel::DataParallel(world, nn::ReLU()), Error);
    parallel::DataParallel wrapped(world, linear);
    CHECK_THROWS_AS(parallel::DataParallel(world, linear), Error);
    sum(wrapped(x)).backward();
    CHECK_THROWS_AS(sum(linear(x)).backward(), Error);
    linear.zero_grad();
    wrapped(x);
    CHECK_THROWS_AS(wrapped(x), Error);  // one shard a step, and it is open
    CHECK_THROWS_AS(linear.to(Dtype::f64), Error);
  });
  CHECK(!linear.parameters()[0].grad());
  for (std::int64_t shards : {3, 6, -2})
    CHECK_THROWS_AS(run_threads(2,
                                [&](Communicator& world) {
                                  nn::Linear own(3, 2);
                                  own.initialise(1);
                                  parallel::DataParallel(world, own, {.shards = shards});
                                }),
                    Error);
}

TEST_CASE("a parameter that the loss does not reach has no gradient") {
  run_threads(2, [&](Communicator& world) {
    struct Net : nn::Layer<Net> {
      nn::Linear used = add("used", nn::Linear(3, 2)), unused = add("unused", nn::Linear(3, 2));
      Variable forward(const Variable& x) const { return used(x); }
    } net;
    net.initialise(1);
    parallel::DataParallel wrapped(world, net);
    sum(wrapped(Tensor::full({4, 3}, 1))).backward();
    if (net.unused.parameters()[0].grad()) raise("found a gradient");
    float g = net.used.parameters()[1].grad().to_vector<float>()[0];
    if (g != 4) raise("found bias gradient ", g, ", expected 4, the sum over the batch");
  });
}

TEST_CASE("a rank that throws in the middle of a step stops the others") {
  auto body = [](Communicator& world) {
    nn::Linear model(3, 2);
    model.initialise(1);
    parallel::DataParallel wrapped(world, model);
    for (int i = 0; i < 4; ++i) {
      if (i == 2 && world.rank() == 1) raise("user error");
      sum(wrapped(Tensor::full({4, 3}, 1))).backward();
      model.zero_grad();
    }
  };
  CHECK_THROWS_AS(run_threads(3, body), Error);
}
