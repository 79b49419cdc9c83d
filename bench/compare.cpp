#include "compare.h"

#include <cmath>
#include <cstdio>

#include "mpi_peer.h"
#include "plain_mpi.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/all_reduce/table.h"
#include "tutti/comm/simulated.h"
#include "values.h"

namespace tutti::bench {
namespace {

// Of one call among others, as it is measured: a rank may begin the next while others end the last.
double predict(const Topology& topology, int ranks, const Algorithm& row, std::size_t bytes,
               const Buffer& room) {
  constexpr int calls = 4;
  double seconds = 0;
  const auto body = [&](Communicator& c) {
    double begin = 0;
    for (int call = 0; call <= calls; ++call) {
      if (call == 1) begin = virtual_seconds(c);
      tutti::all_reduce(c, {room.data(), bytes / sizeof(float), Dtype::f32, {}}, ReduceOp::max(),
                        {.algorithm = row.name});
    }
    seconds = std::max(seconds, (virtual_seconds(c) - begin) / calls);
  };
  run_simulated(topology, ranks, body, Payload::none);
  return seconds;
}

// The maximum can be taken over and over: the result of the first call stays.
double measure_row(Communicator& c, const Algorithm& row, std::size_t bytes) {
  std::vector<float> data(bytes / sizeof(float));
  const Block block = block_of(data.data(), data.size());
  const auto call = [&] { tutti::all_reduce(c, block, ReduceOp::max(), {.algorithm = row.name}); };
  const Values values({.ranks = c.size(), .count = data.size(), .op = ReduceOp::max()});
  values.fill(block, c.rank());
  call();
  const std::uint64_t wrong = sum_over_ranks(values.wrong(block, {{block.count, Stretch::all, 0}}));
  if (wrong > 0)
    raise("simulate: found ", wrong, " wrong values of ", row.name, " at ", bytes,
          " bytes, expected 0");
  return median_seconds(c, call, 0.2);
}

}  // namespace

void compare(Communicator& plain, const Topology& topology, std::span<const std::size_t> sizes) {
  const bool speaks = plain.rank() == 0;
  const Buffer room = phantom_buffer(sizes.back());
  double worst = 0;
  if (speaks)
    std::printf(
        "# all_reduce of f32, max, in place, %d ranks over plain MPI messages\n#%11s  "
        "%-20s %14s %14s %8s\n",
        plain.size(), "bytes", "algorithm", "predicted (us)", "measured (us)", "error");
  for (std::size_t bytes : sizes)
    for (const Algorithm& row : all_reduce_table()) {
      // What the transport itself does has no messages to simulate.
      const Problem problem{plain.size(), bytes / sizeof(float), Dtype::f32, ReduceOp::max(),
                            Order::any};
      if (!row.steps || !row.fits(problem)) continue;
      const double measured = measure_row(plain, row, bytes);
      if (!speaks) continue;
      const double predicted = predict(topology, plain.size(), row, bytes, room);
      const double error = predicted / measured - 1;
      worst = std::max(worst, std::abs(error));
      std::printf("%12zu  %-20s %14.2f %14.2f %+7.1f%%\n", bytes, std::string(row.name).c_str(),
                  predicted * 1e6, measured * 1e6, error * 100);
      std::fflush(stdout);
    }
  if (speaks) std::printf("# largest error %.1f%%\n", worst * 100);
}

}  // namespace tutti::bench
