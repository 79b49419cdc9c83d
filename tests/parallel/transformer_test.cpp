// A transformer leaves no trace of the layout on which it was trained.
#include <mutex>

#include "support/catch.h"
#include "tutti/base/parallel_for.h"
#include "tutti/comm/threads.h"
#include "tutti/nn/gpt.h"
#include "tutti/nn/loss.h"
#include "tutti/optim/adam.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;

TEST_CASE("a small gpt ends with the same weights on any layout, with any number of threads") {
  auto train = [](int ranks, Placement placement, int threads) {
    std::string result;
    std::mutex mutex;
    run_threads(ranks, [&](Communicator& world) {
      set_thread_count(threads);
      nn::Gpt model(
          {.vocabulary = 13, .context = 16, .width = 32, .heads = 2, .layers = 2, .dropout = 0.1});
      model.initialise(4);
      parallel::DataParallel wrapped(world, model,
                                     {.shards = 4, .placement = placement, .bucket_bytes = 4000});
      optim::AdamW adamw(model.parameters());
      const int each = 4 / ranks;
      for (int step = 0; step < 2; ++step) {
        for (int local = 0; local < each; ++local) {
          int shard = placement == Placement::strided ? local * ranks + world.rank()
                                                      : world.rank() * each + local;
          std::vector<std::int64_t> tokens;
          for (int i = 0; i < 8 * 16; ++i) tokens.push_back((i * i + 5 * shard + step) % 13);
          Tensor x = Tensor::from(tokens, {8, 16});
          nn::cross_entropy(reshape(wrapped(x), {128, 13}), x.reshape({128})).backward();
        }
        adamw.step();
        adamw.zero_grad();
      }
      std::string digest = hex(parallel::agreed_digest(world, model));
      std::lock_guard lock(mutex);
      result = digest;
    });
    return result;
  };
  std::string expected = train(1, Placement::consecutive, 1);
  CHECK(train(1, Placement::consecutive, 2) == expected);
  for (int ranks : {2, 4})
    for (Placement placement : {Placement::consecutive, Placement::strided})
      CHECK(train(ranks, placement, 1) == expected);
  CHECK(train(2, Placement::strided, 2) == expected);
}
