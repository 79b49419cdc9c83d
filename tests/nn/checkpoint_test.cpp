// Activation checkpointing of modules: what they draw and what parallel wrappers see stays as it
// was.
#include "support/catch.h"
#include "tutti/autograd/observer.h"
#include "tutti/comm/threads.h"
#include "tutti/nn/gpt.h"
#include "tutti/nn/loss.h"
#include "tutti/optim/adam.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;

namespace {

nn::Sequential network(bool checkpointed) {
  nn::Sequential net(nn::Linear(6, 32), nn::GELU(), nn::Dropout(0.3), nn::Linear(32, 32),
                     nn::Dropout(0.2), nn::Linear(32, 4));
  net.checkpoint_layers(checkpointed);
  net.initialise(3);
  return net;
}

Tensor batch(int rank, int step) {
  return Tensor::full({3, 6}, 0.1 * rank - 0.2 * step);
}

// The model of the sample chargpt, and one batch of it.
struct CharacterModel {
  CharacterModel(double dropout, bool checkpointed)
      : gpt({.vocabulary = 65,
             .context = 64,
             .width = 128,
             .heads = 4,
             .layers = 4,
             .dropout = dropout}) {
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = 0; i < 2 * 64; ++i) numbers.push_back(i * i % 65);
    tokens = Tensor::from(numbers, {2, 64}, device);
    gpt.checkpoint_layers(checkpointed).initialise(1, device);
    adam.emplace(gpt.parameters());
  }
  Variable forward() const { return nn::cross_entropy(gpt(tokens), tokens); }
  void step() {
    forward().backward();
    adam->step();
    adam->zero_grad();
  }
  std::uint64_t live_bytes() const { return device.allocator().statistics().live_bytes; }

  Device device;  // counts what is of this model alone
  Tensor tokens;
  nn::Gpt gpt;
  std::optional<optim::Adam> adam;
};

// The most that is held while it lives, looked at behind every op.
struct HighWater : OpObserver {
  explicit HighWater(const CharacterModel& of) : model(of) {}
  void end(std::string_view, Pass, std::span<const Tensor>, const Node*) override {
    bytes = std::max(bytes, model.live_bytes());
  }
  const CharacterModel& model;
  std::uint64_t bytes = 0;
  OpObserverScope scope{*this};
};

}  // namespace

TEST_CASE("gpt holds at most half of its activations with checkpointed blocks, at the same bits") {
  struct Run {
    double between, most;  // bytes after forward, and at any time of a step
    Sha256::Digest weights;
  };
  const auto run = [](double dropout, bool checkpointed) {
    CharacterModel model(dropout, checkpointed);
    model.step();  // from here on there are gradients and moments
    const std::uint64_t before = model.live_bytes();
    Run found;
    {
      const HighWater water(model);
      Variable loss = model.forward();
      found.between = static_cast<double>(model.live_bytes() - before);
      loss.backward();
      found.most = static_cast<double>(water.bytes - before);
    }
    model.adam->step();
    CHECK(model.live_bytes() == before);
    found.weights = model.gpt.digest();
    return found;
  };
  for (double dropout : {0.0, 0.1}) {
    const Run plain = run(dropout, false), checkpointed = run(dropout, true);
    CHECK(checkpointed.weights == plain.weights);
    CHECK(checkpointed.between <= 0.5 * plain.between);
    CHECK(checkpointed.most <= 0.5 * plain.most);
  }
}

TEST_CASE("dropout draws the same in the second run, and goes on from there") {
  const auto train = [](bool checkpointed) {
    nn::Sequential net = network(checkpointed);
    optim::Adam adam(net.parameters());
    for (int step = 0; step < 4; ++step) {
      Variable y = net(Variable(batch(0, step), true));
      mean(y * y).backward();
      adam.step();
      adam.zero_grad();
    }
    return net.digest();
  };
  CHECK(train(true) == train(false));
}

TEST_CASE("DataParallel of checkpointed layers, with two shards open at a time") {
  const auto train = [](int ranks, bool checkpointed) {
    Sha256::Digest digest;
    run_threads(ranks, [&](Communicator& world) {
      nn::Sequential net = network(checkpointed);
      parallel::DataParallel<nn::Sequential> parallel_net(world, net, {.shards = 4});
      optim::Adam adam(net.parameters());
      for (int step = 0; step < 3; ++step) {
        std::vector<Variable> losses;
        for (int shard = 0; shard < 4 / ranks; ++shard) {
          Variable y = parallel_net(Variable(batch(world.rank() * (4 / ranks) + shard, step)));
          losses.push_back(mean(y * y));
        }
        for (const Variable& loss : losses) loss.backward();
        adam.step();
        adam.zero_grad();
      }
      const Sha256::Digest mine = parallel::agreed_digest(world, net);
      if (world.rank() == 0) digest = mine;
    });
    return digest;
  };
  const Sha256::Digest plain = train(1, false);
  for (int ranks : {1, 2, 4}) CHECK(train(ranks, true) == plain);
}
