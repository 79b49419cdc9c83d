// Reports of ranks that disagree on what a call or a model is.
#include "on_ranks.h"
#include "tutti/comm/all_gather.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/values.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/sequential.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using test::expect_named;
using test::expect_right;

// pytorch/pytorch#67600, pytorch/pytorch#130515
TEST_CASE("every rank broadcasts from itself") {
  expect_named(
      [](Communicator& world) {
        const int seed = broadcast(world, 100 + world.rank(), world.rank());
        if (seed < 100) raise("found seed ", seed);
      },
      "All ranks must name the same root");
}

// facebookresearch/maskrcnn-benchmark#309, horovod/horovod#763
TEST_CASE("losses reduced in the order of a dictionary") {
  auto body = [](bool sorted) {
    return [=](Communicator& world) {
      std::vector<std::pair<std::string, double>> losses{
          {"box", 1}, {"mask", 2}, {"objectness", 3}};
      if (world.rank() == 1 && !sorted) std::swap(losses[0], losses[2]);
      for (auto& [name, loss] : losses) {
        const double mean = all_reduce(world, loss, ReduceOp::average(), {.label = name});
        if (mean != loss) raise("found ", mean, " for ", name, ", expected ", loss);
      }
    };
  };
  expect_right(body(true));
  expect_named(body(false), "make calls of the same label in the same order");
}

// NVIDIA/nccl#1417, pytorch/xla#8660
TEST_CASE("sizes that differ among ranks") {
  expect_named(
      [](Communicator& world) {
        std::vector<float> gradient(static_cast<std::size_t>(1000 + world.rank()));
        all_reduce(world, std::span(gradient), ReduceOp::sum());
      },
      "All ranks must pass the same count");
  expect_named(
      [](Communicator& world) {
        const auto count = static_cast<std::size_t>(world.rank() == 1 ? 7 : 5);
        std::vector<float> mine(count), all(count * static_cast<std::size_t>(world.size()));
        all_gather(world, block_of(mine.data(), count), block_of(all.data(), all.size()));
      },
      "All ranks must pass the same count");
}

// laekov/fastmoe#106
TEST_CASE("a group that some ranks do not make") {
  expect_named(
      [](Communicator& world) {
        if (world.rank() == 0) world.split(0);
        barrier(world);
      },
      "split");
}

// Kent0n-Li/ChatDoctor#49, yifan123/flow_grpo#245
TEST_CASE("models that differ by rank") {
  expect_named(
      [](Communicator& world) {
        const int vocabulary = world.rank() == 1 ? 32001 : 32000;
        nn::Sequential model(nn::Linear(2, 3), nn::Linear(3, vocabulary));
        model.initialise(1);
        parallel::DataParallel parallel_model(world, model);
      },
      "DataParallel of Sequential: rank 1 has \"1.weight\" [32001, 3] of f32 on cpu, rank 0 has "
      "\"1.weight\" [32000, 3]");
  expect_named(
      [](Communicator& world) {
        nn::Linear model(2, 3, world.rank() == 0);
        model.initialise(1);
        parallel::DataParallel parallel_model(world, model);
      },
      "rank 1 has no further parameter, rank 0 has \"bias\" [3] of f32");
}

// pytorch/pytorch#36613
TEST_CASE("weights that rank 0 loads when the model is wrapped") {
  auto body = [](bool broadcasts) {
    return [=](Communicator& world) {
      nn::Linear model(3, 2), trained(3, 2);
      model.initialise(1);
      trained.initialise(2);
      parallel::DataParallel parallel_model(world, model, {.check_every = 1});
      if (world.rank() == 0) model.load_state_dict(trained.state_dict());
      if (broadcasts) parallel_model.broadcast();
      optim::Sgd sgd(model.parameters(), {.lr = 0});
      mean(parallel_model(Tensor::full({2, 3}, 1))).backward();
      sgd.step();
      if (model.digest() != trained.digest()) raise("found other weights than rank 0's");
    };
  };
  expect_right(body(true));
  expect_named(body(false), "values of \"weight\" that differ among ranks");
}
