// Reports of memory that was gone too early, and of stacks that were too small.
#include "on_ranks.h"
#include "support/quick.h"
#include "tutti/comm/barrier.h"
#include "tutti/nn/linear.h"
#include "tutti/parallel/collectives.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using test::expect_named;
using test::expect_right;

// karpathy/nanochat#843
TEST_CASE("tensors of asynchronous collectives whose handles are gone before the wait") {
  expect_right([](Communicator& world) {
    std::vector<Work> works;
    std::vector<Tensor> others;
    for (int i = 0; i < 8; ++i) {
      Tensor gradient = Tensor::full({100000}, 1);
      works.push_back(all_reduce_async(world, gradient, ReduceOp::sum()));
      gradient = Tensor();
      others.push_back(Tensor::full({100000}, 7));  // would get the same memory
    }
    for (Work& work : works) work.wait();
    for (const Tensor& other : others)
      for (float value : other.to_vector<float>())
        if (value != 7) raise("found ", value, " in memory of another tensor");
  });
}

// pytorch/gloo#308
TEST_CASE("an exception passes the owner of a buffer that is being reduced") {
  expect_named(
      [](Communicator& world) {
        std::vector<float> gradient(1 << 20, 1);
        Work work =
            all_reduce_async(world, block_of(gradient.data(), gradient.size()), ReduceOp::sum());
        if (world.rank() == 1) raise("a bad batch");
        work.wait();
        barrier(world);
      },
      "a bad batch");
}

// pytorch/pytorch#5534
TEST_CASE("a graph of more ops in a row than a stack of 8 MB holds frames of 16 bytes") {
  for (int ranks : {2, 3})
    CHECK_NOTHROW(run_threads(ranks, [](Communicator& world) {
      const int deep = test::quick() ? 100000 : 600000;
      nn::Linear model(1, 1);
      model.initialise(1);
      parallel::DataParallel parallel_model(world, model);
      Variable y = parallel_model(Tensor::full({1, 1}, 1 + world.rank()));
      for (int i = 0; i < (world.rank() == 0 ? deep : 2); ++i) y = -y;
      sum(y).backward();
      const double found = model.weight().grad().item(), expected = 0.5 * (1 + world.size());
      if (found != expected) raise("found ", found, ", expected ", expected);
    }));
}
