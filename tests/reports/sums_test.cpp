// Reports of numbers that collectives got wrong.
#include <cmath>
#include <limits>

#include "on_ranks.h"
#include "support/quick.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/simulated.h"
#include "tutti/comm/values.h"
#include "tutti/ops/reduction.h"

using namespace tutti;
using test::expect_right;

// Tencent/plato#26, open-mpi/ompi#9616
TEST_CASE("counts above 2^31") {
  const std::size_t count = (std::size_t{1} << 31) + 6;  // a multiple of 2 and of 3
  const Buffer room = phantom_buffer(count);
  const Block block{room.data(), count, Dtype::u8, {}};
  const Topology node{.levels = {{.name = "node", .bandwidth = 1e10}}};
  for (std::size_t ranks : {2u, 3u}) {
    auto bytes = [&](const std::function<void(Communicator&)>& body) {
      return run_simulated(node, static_cast<int>(ranks), body, Payload::none).bytes;
    };
    const std::size_t sent = bytes([&](Communicator& world) { broadcast(world, block, 1); });
    CHECK(sent >= (ranks - 1) * count);
    CHECK(sent <= ranks * count);
    if (test::quick()) continue;  // sanitizers look at every addition
    CHECK(bytes([&](Communicator& world) {
            all_reduce(world, block, ReduceOp::sum(), {.algorithm = "ring"});
          }) == 2 * (ranks - 1) * count);
  }
}

// ml-explore/mlx#4072
TEST_CASE("NaN wins in min and max, whoever has it") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  expect_right([=](Communicator& world) {
    for (int owner = 0; owner < world.size(); ++owner)
      for (ReduceOp op : {ReduceOp::min(), ReduceOp::max()}) {
        const double mine = world.rank() == owner ? nan : world.rank();
        const double found = all_reduce(world, mine, op);
        const float found_f32 = all_reduce(world, static_cast<float>(mine), op);
        if (!std::isnan(found) || !std::isnan(found_f32))
          raise("found ", found, " and ", found_f32, " where rank ", owner, " has NaN");
      }
    for (int place = 0; place < 3; ++place) {
      Tensor x = Tensor::full({3}, 1, Dtype::f64);
      x[place].fill(nan);
      if (!std::isnan(max(x).item()) || !std::isnan(min(x).item()))
        raise("found ", max(x).item(), " and ", min(x).item(), " with NaN in place ", place);
    }
  });
}

// horovod/horovod#1699
TEST_CASE("the mean of f16 whose sum is beyond f16") {
  expect_right([](Communicator& world) {
    std::vector<float> values(100, 60000);
    Tensor gradient = Tensor::from(values, {100}).to(Dtype::f16);
    Block block = gradient.block();
    all_reduce(world, block, ReduceOp::average());
    for (float value : gradient.to(Dtype::f32).to_vector<float>())
      if (value != 60000) raise("found ", value, ", expected 60000");
  });
}
