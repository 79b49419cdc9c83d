// Activation checkpointing of modules: what they draw and what parallel wrappers see stays as it
// was.
#include "support/catch.h"
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

}  // namespace

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
