// Ranks that scale their loss decide alike, and leave no trace of their number.
#include "tutti/optim/loss_scaler.h"

#include <mutex>

#include "support/catch.h"
#include "tutti/autograd/autocast.h"
#include "tutti/comm/threads.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/loss.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"
#include "tutti/optim/adam.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;

namespace {

struct Result {
  std::string weights;
  std::vector<double> scales;  ///< after each step
  bool operator==(const Result&) const = default;
};

// Ten steps of four shards; in step 7 one sample of shard 2 alone is too large for f16. All ranks
// agree on the weights, and each says the same scales.
Result train(int ranks, bool scaled) {
  Result result;
  std::mutex mutex;
  run_threads(ranks, [&](Communicator& world) {
    nn::Sequential model(nn::Linear(5, 16), nn::GELU(), nn::Linear(16, 3));
    model.initialise(3);
    parallel::DataParallel wrapped(world, model, {.shards = 4, .bucket_bytes = 200});
    optim::Adam adam(model.parameters(), {.lr = 0.01});
    // So large that the first steps overflow.
    optim::LossScaler scaler({.scale = 0x1p22, .interval = 2});
    std::vector<double> scales;
    for (int step = 0; step < 10; ++step) {
      for (int local = 0; local < 4 / ranks; ++local) {
        const int shard = world.rank() * (4 / ranks) + local;
        std::vector<float> values;
        for (int i = 0; i < 6 * 5; ++i)
          values.push_back(static_cast<float>((i * i + 7 * shard + 3 * step) % 11) / 11);
        if (scaled && step == 7 && shard == 2) values[8] = 1e6f;
        Variable logits;
        {
          const Autocast scope(scaled ? std::optional(Dtype::f16) : std::nullopt);
          logits = wrapped(Tensor::from(values, {6, 5}));
        }
        const Tensor labels = Tensor::from(std::vector<std::int64_t>{0, 1, 2, 2, 0, 1}, {6});
        const Variable loss = nn::cross_entropy(logits, labels);
        (scaled ? scaler.scale(loss) : loss).backward();
      }
      if (scaled)
        scaler.step(adam);
      else
        adam.step();
      adam.zero_grad();
      scales.push_back(scaler.scale());
    }
    Result mine{hex(parallel::agreed_digest(world, model)), scales};
    std::lock_guard lock(mutex);
    if (!result.weights.empty() && !(mine == result)) raise("ranks differ");
    result = std::move(mine);
  });
  return result;
}

}  // namespace

TEST_CASE("scaled losses give the same weights on 1, 2 and 4 ranks, with steps left out") {
  const Result alone = train(1, true);
  CHECK(alone.scales.front() < 0x1p22);           // the first step was left out
  CHECK(alone.scales[7] == alone.scales[6] / 2);  // and that of the large sample
  CHECK(std::ranges::max(alone.scales) < 0x1p22);
  for (int ranks : {2, 4}) CHECK(train(ranks, true) == alone);
  CHECK(train(1, false).weights != alone.weights);
}
