// Activation checkpointing of modules: what they draw and what parallel wrappers see stays as it
// was.
#include "tutti/autograd/checkpoint.h"

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

struct Run {
  int ranks = 1;
  Placement placement = Placement::consecutive;
  std::int64_t check_every = 0;
};

// Three steps of four shards, each rank's forwards before its backwards.
template <class Make, class Loss>
Sha256::Digest trained(const Run& run, Make make, Loss loss) {
  Sha256::Digest digest;
  run_threads(run.ranks, [&](Communicator& world) {
    auto net = make();
    parallel::DataParallel wrapped(
        world, net, {.shards = 4, .placement = run.placement, .check_every = run.check_every});
    optim::Adam adam(net.parameters());
    const int each = 4 / run.ranks;
    for (int step = 0; step < 3; ++step) {
      std::vector<Variable> losses;
      for (int local = 0; local < each; ++local) {
        const int shard = run.placement == Placement::strided ? local * run.ranks + world.rank()
                                                              : world.rank() * each + local;
        losses.push_back(loss(wrapped, shard, step));
      }
      for (const Variable& value : losses) value.backward();
      adam.step();
      adam.zero_grad();
    }
    const Sha256::Digest mine = parallel::agreed_digest(world, net);
    if (world.rank() == 0) digest = mine;
  });
  return digest;
}

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

TEST_CASE("attention drops out the same in the second run, and on any number of ranks") {
  const auto make = [](bool checkpointed) {
    const nn::GptOptions options{.width = 8, .heads = 2, .attention_dropout = 0.3};
    nn::Sequential net(nn::Embedding(5, 8), nn::GptBlock(options), nn::GptBlock(options),
                       nn::Linear(8, 5));
    net.checkpoint_layers(checkpointed);
    net.initialise(3);
    return net;
  };
  const auto loss = [](auto& net, int shard, int step) {
    const Tensor tokens = Tensor::full({2, 6}, (shard + step) % 5, Dtype::i64);
    return nn::cross_entropy(net(Variable(tokens)), tokens);
  };
  const Sha256::Digest plain = trained(
      {}, [&] { return make(false); }, loss);
  for (int ranks : {1, 2, 4})
    CHECK(trained(
              {.ranks = ranks}, [&] { return make(true); }, loss) == plain);
  nn::Sequential evaluated = make(false);
  CHECK(plain != evaluated.digest());
}

TEST_CASE("DataParallel of checkpointed layers, with all shards open at a time") {
  const auto loss = [](auto& net, int shard, int step) {
    Variable y = net(Variable(batch(shard, step)));
    return mean(y * y);
  };
  const Sha256::Digest plain = trained(
      {}, [] { return network(false); }, loss);
  for (Placement placement : {Placement::consecutive, Placement::strided})
    for (int ranks : {1, 2, 4}) {
      INFO(ranks << (placement == Placement::strided ? " strided" : " consecutive"));
      const Run run{.ranks = ranks, .placement = placement, .check_every = 1};
      CHECK(trained(
                run, [] { return network(true); }, loss) == plain);
    }
}

TEST_CASE("checkpoints within checkpoints draw the same") {
  struct Twice : nn::Layer<Twice> {
    nn::Sequential inner;
    explicit Twice(const nn::Sequential& net) : inner(add("inner", net)) {}
    Variable forward(const Variable& x) const {
      auto all = [net = inner](const Variable& z) { return net(z); };
      return checkpoint([all](const Variable& z) { return checkpoint(all, z) + all(z); }, x);
    }
  };
  struct Plain : nn::Layer<Plain> {
    nn::Sequential inner;
    explicit Plain(const nn::Sequential& net) : inner(add("inner", net)) {}
    Variable forward(const Variable& x) const { return inner(x) + inner(x); }
  };
  const auto loss = [](auto& net, int shard, int step) {
    Variable y = net(Variable(batch(shard, step)));
    return mean(y * y);
  };
  const auto with = [](auto net) {
    net.initialise(3);
    return net;
  };
  const Sha256::Digest plain = trained(
      {}, [&] { return with(Plain(network(false))); }, loss);
  for (int ranks : {1, 2})
    CHECK(trained(
              {.ranks = ranks}, [&] { return with(Twice(network(true))); }, loss) == plain);
}

TEST_CASE("after a function that throws, draws and gradients are what they would have been") {
  const auto train = [](bool throws) {
    nn::Sequential net = network(false);
    const auto once = [&](bool first_run) {
      if (!throws) return;
      // The random calls that a failed forward has made are made: the same without a checkpoint.
      const auto state = net.state_dict();
      bool armed = first_run;
      const auto f = [&](const Variable& x) {
        Variable y = net(x);
        if (armed) raise("no");
        armed = true;
        return y;
      };
      const auto run = [&] { sum(checkpoint(f, Variable(batch(0, 0), true))).backward(); };
      CHECK_THROWS_WITH(run(), "no");
      CHECK_FALSE(recomputing());
      net.zero_grad();
      net.load_state_dict(state);
    };
    optim::Adam adam(net.parameters());
    for (int step = 0; step < 2; ++step) {
      once(step == 0);
      Variable y = checkpoint([&](const Variable& x) { return net(x); }, Variable(batch(0, step)));
      mean(y * y).backward();
      adam.step();
      adam.zero_grad();
    }
    return net.digest();
  };
  CHECK(train(true) == train(false));
}
