// Samplers of ranks that do not agree.
#include "support/rank_errors.h"
#include "tutti/data/loader.h"
#include "tutti/data/tensor_dataset.h"

using namespace tutti;
using test::errors_of;
using test::expect_everywhere;

TEST_CASE("a sampler that differs among ranks is named on all of them") {
  auto made = [](auto change) {
    return [=](Communicator& world) {
      std::int64_t size = 100;
      data::SamplerOptions options{.batch = 4, .shards = 4 * world.size(), .seed = 7};
      if (world.rank() == world.size() - 1) change(size, options);
      data::DistributedSampler sampler(size, options, world);
    };
  };
  using Size = std::int64_t;
  using Options = data::SamplerOptions;
  for (int ranks : {2, 3, 4})
    for (int per_node : {ranks, 1}) {
      CAPTURE(ranks, per_node);
      const std::string last = text("rank ", ranks - 1, " has ");
      auto errors = [&](auto change) { return errors_of(ranks, made(change), per_node); };
      expect_everywhere(errors([](Size& size, Options&) { size = 99; }),
                        last + "size 99, rank 0 has 100");
      expect_everywhere(errors([](Size&, Options& o) { o.seed = 8; }),
                        last + "seed 8, rank 0 has 7");
      expect_everywhere(errors([](Size&, Options& o) { o.batch = 5; }), last + "batch 5");
      expect_everywhere(errors([](Size&, Options& o) { o.shards *= 2; }), last + "shards");
      expect_everywhere(errors([](Size&, Options& o) { o.shuffle = false; }), last + "shuffle 0");
      expect_everywhere(errors([](Size&, Options& o) { o.lengths.assign(100, 1); }),
                        last + "lengths with the mark ");
      for (const std::string& error : errors([](Size&, Options&) {})) CHECK(error.empty());
    }
}

TEST_CASE("a loop that begins elsewhere on one rank is named") {
  for (int per_node : {2, 1})
    expect_everywhere(errors_of(
                          2,
                          [](Communicator& world) {
                            Tensor x = Tensor::zeros({20, 1});
                            data::TensorDataset set({{"x", x}});
                            data::DistributedSampler sampler(20, {.batch = 2}, world);
                            data::Loader loader(set, sampler);
                            for (auto& step : loader)
                              if (step.size() != 1) raise("found ", step.size(), " shards");
                            if (world.rank() == 1) sampler.set_epoch(5);
                            for (auto& step : loader)
                              if (step.size() != 1) raise("found ", step.size(), " shards");
                          },
                          per_node),
                      "rank 1 has epoch 5, rank 0 has 1");
}
