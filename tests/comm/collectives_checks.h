// Checks of the other collectives, on any communicator.
#pragma once

#include "reference.h"
#include "tutti/comm/all_gather.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/reduce_scatter.h"

namespace tutti::test {

inline void expect(bool good, std::string_view what, const Communicator& c, std::size_t count) {
  if (!good) raise(what, " on ", c.size(), " ranks, count ", count, ": wrong result");
}

inline void check_broadcast(Communicator& c, std::size_t count) {
  for (int root = 0; root < c.size(); ++root) {
    auto data = fill<double>(random<double>, c.rank(), count);
    broadcast(c, block_of(data.data(), count), root);
    expect(data == fill<double>(random<double>, root, count), "broadcast", c, count);
  }
}

inline void check_all_gather(Communicator& c, std::size_t count) {
  std::vector<float> expected(count), all(count);
  Block block = block_of(all.data(), count);
  auto at = [&](int r) { return static_cast<float*>(share(block, r, c.size()).data) - all.data(); };
  for (int r = 0; r < c.size(); ++r)
    for (std::size_t i = 0; i < share(block, r, c.size()).count; ++i)
      expected[at(r) + i] = random<float>(r, i);
  Block place = share(block, c.rank(), c.size());
  auto mine = fill<float>(random<float>, c.rank(), place.count);
  all_gather(c, block_of(mine.data(), mine.size()), block);
  expect(all == expected, "all_gather", c, count);
  all.assign(count, 0);
  std::ranges::copy(mine, static_cast<float*>(place.data));
  all_gather(c, place, block);
  expect(all == expected, "all_gather in place", c, count);
}

inline void check_reduce_scatter(Communicator& c, std::size_t count) {
  const auto input = fill<float>(random<float>, c.rank(), count);
  auto all = input;
  Block block = block_of(all.data(), count), place = share(block, c.rank(), c.size());
  std::vector<float> mine(place.count), x(c.size());
  reduce_scatter(c, block, block_of(mine.data(), mine.size()), ReduceOp::average());
  expect(all == input, "reduce_scatter: input", c, count);
  std::size_t first = static_cast<float*>(place.data) - all.data();
  for (std::size_t i = 0; i < mine.size(); ++i) {
    for (int r = 0; r < c.size(); ++r) x[r] = random<float>(r, first + i);
    float sum = canonical_sum(x, 0, x.size()) / static_cast<float>(c.size());
    expect(same_bits(mine[i], sum), "reduce_scatter", c, count);
  }
  reduce_scatter(c, block, place, ReduceOp::average());
  expect(std::equal(mine.begin(), mine.end(), static_cast<float*>(place.data)),
         "reduce_scatter in place", c, count);
}

inline void check_collectives(Communicator& c) {
  const std::size_t ranks = c.size();
  for (std::size_t count : {std::size_t{0}, std::size_t{1}, ranks - 1, ranks, ranks + 1, 12 * ranks,
                            std::size_t{1000}}) {
    check_broadcast(c, count);
    check_all_gather(c, count);
    check_reduce_scatter(c, count);
  }
}

}  // namespace tutti::test
