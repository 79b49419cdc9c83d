// What one rank does otherwise than the others, or in another order, has a name on every rank.
#include "support/rank_errors.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/loss.h"
#include "tutti/nn/sequential.h"
#include "tutti/optim/clip.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;

using test::errors_of;
using test::expect_everywhere;

TEST_CASE("ranks that wrap different things say so") {
  auto wrapping = [](auto make, auto options) {
    return [=](Communicator& world) {
      nn::Sequential model = make(world.rank());
      model.initialise(1);
      parallel::DataParallel(world, model, options(world.rank()));
    };
  };
  auto same = [](int) { return nn::Sequential(nn::Linear(3, 2, false)); };
  auto plain = [](int) { return parallel::DataParallelOptions{.shards = 6}; };
  auto turned = [](int rank) {
    return rank == 1 ? nn::Sequential(nn::Linear(2, 3, false))
                     : nn::Sequential(nn::Linear(3, 2, false));
  };
  auto other = [](int rank) { return parallel::DataParallelOptions{.shards = rank == 2 ? 12 : 6}; };
  expect_everywhere(
      errors_of(3, wrapping(turned, plain)),
      "rank 1 has \"0.weight\" [3, 2] of f32 on cpu, rank 0 has \"0.weight\" [2, 3] of");
  expect_everywhere(errors_of(3, wrapping(same, other)), "rank 2 has options .shards = 12");
  for (const std::string& error : errors_of(3, wrapping(same, plain))) CHECK(error.empty());
}

TEST_CASE("random layers draw by rank 0's seed") {
  std::vector<float> gradients[2];
  for (int ranks : {1, 2})
    run_threads(ranks, [&](Communicator& world) {
      nn::Sequential model(nn::Dropout(0.5), nn::Linear(40, 1));
      model.initialise(static_cast<std::uint64_t>(1 + world.rank()));
      parallel::DataParallel parallel_model(world, model, {.shards = 2});
      for (int shard = 0; shard < 2 / world.size(); ++shard)
        mean(parallel_model(Tensor::full({3, 40}, 1))).backward();
      if (world.rank() == 0) gradients[ranks - 1] = model.parameters()[0].grad().to_vector<float>();
    });
  CHECK(gradients[0] == gradients[1]);
}

TEST_CASE("a gradient of a part of a step is refused") {
  run_threads(1, [](Communicator& world) {
    nn::Linear model(3, 2);
    model.initialise(1);
    parallel::DataParallel parallel_model(world, model, {.shards = 2});
    optim::Sgd sgd(model.parameters());
    Tensor x = Tensor::full({4, 3}, 1);
    sum(parallel_model(x)).backward();
    CHECK_THROWS_WITH(sgd.step(), Catch::Contains("part of a step's shards"));
    CHECK_THROWS_AS(optim::clip_grad_norm(model.parameters(), 1), Error);
    sum(parallel_model(x)).backward();
    sgd.step();
  });
}

TEST_CASE("backwards in another order than the forwards are named") {
  run_threads(1, [](Communicator& world) {
    nn::Linear model(3, 2);
    model.initialise(1);
    parallel::DataParallel parallel_model(world, model, {.shards = 2});
    Variable first = parallel_model(Tensor::full({1, 3}, 1));
    Variable second = parallel_model(Tensor::full({7, 3}, 1));
    CHECK_THROWS_WITH(mean(second).backward(),
                      Catch::Contains("shard 1") && Catch::Contains("shard 0"));
  });
}

TEST_CASE("losses that divide by different numbers weigh a shard by hand, or not at all") {
  auto labels = [](std::int64_t first) {
    return Tensor::from(std::vector<std::int64_t>{first, 1, 0}, {3});
  };
  nn::Linear model(4, 2);
  model.initialise(1);
  Tensor x = Tensor::full({3, 4}, 0.5);
  auto both = [&](const Variable& y) {
    return nn::cross_entropy(y, labels(-100)) + nn::cross_entropy(y, labels(1));
  };
  both(model(x)).backward();  // without a wrapper nothing is weighed
  std::vector<float> expected = model.parameters()[0].grad().to_vector<float>();
  model.zero_grad();
  run_threads(1, [&](Communicator& world) {
    parallel::DataParallel parallel_model(world, model);
    auto shard = parallel_model.shard({.weight = 4});
    both(shard(x)).backward();
    CHECK(model.parameters()[0].grad().to_vector<float>() == expected);
    model.zero_grad();
    CHECK_THROWS_WITH(both(parallel_model(x)).backward(), Catch::Contains("by hand"));
  });
}

TEST_CASE("a gradient outlives its wrapper") {
  nn::Linear model(2, 1);
  model.initialise(1);
  run_threads(1, [&](Communicator& world) {
    parallel::DataParallel parallel_model(world, model);
    sum(parallel_model(Tensor::full({3, 2}, 1))).backward();
  });
  CHECK(model.parameters()[0].grad().to_vector<float>() == std::vector<float>{3, 3});
}
