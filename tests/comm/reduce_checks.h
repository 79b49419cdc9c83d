// Checks of reduce and reduce_scatter, on any communicator.
#pragma once

#include <algorithm>

#include "collectives_checks.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/reduce.h"

namespace tutti::test {

/// 16-bit floats, made from whole(): the bits of all_reduce are compared, which its own tests
/// check.
template <class H>
std::vector<H> random_halves(int rank, std::size_t count) {
  std::vector<H> data(count);
  for (std::size_t i = 0; i < count; ++i) data[i] = narrow(random<float>(rank, i), H{});
  return data;
}

template <class T>
std::vector<T> inputs(int rank, std::size_t count) {
  if constexpr (sizeof(T) == 2)
    return random_halves<T>(rank, count);
  else if constexpr (std::is_floating_point_v<T>)
    return fill<T>(random<T>, rank, count);
  else
    return fill<T>(whole<T>, rank, count);
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

/// Element i of the canonical reduction of inputs(), rounded once to T.
template <class T>
T canonical_reduction(const std::vector<std::vector<T>>& of_ranks, std::size_t i,
                      const ReduceOp& op) {
  const auto ranks = of_ranks.size();
  const double divisor = op.for_ranks(static_cast<int>(ranks)).divisor;
  if constexpr (sizeof(T) == 2) {
    std::vector<float> x(ranks);
    for (std::size_t r = 0; r < ranks; ++r) x[r] = widen(of_ranks[r][i]);
    return narrow(canonical_sum(x, 0, ranks) / static_cast<float>(divisor), T{});
  } else {
    std::vector<T> x(ranks);
    for (std::size_t r = 0; r < ranks; ++r) x[r] = of_ranks[r][i];
    return static_cast<T>(canonical_sum(x, 0, ranks) / static_cast<T>(divisor));
  }
}

/// The canonical bits for every root, equal to those of all_reduce, in place and out of place.
template <class T>
void check_reduce(Communicator& c, std::size_t count, ReduceOp op) {
  const auto require = [&](bool good, std::string_view what) {
    expect(good, text(what, " of ", dtype_of<T>(), ", ", op), c, count);
  };
  const auto input = inputs<T>(c.rank(), count);
  std::vector<T> expected = input;
  all_reduce(c, block_of(expected.data(), count), op);
  if (op.kind == ReduceOp::Kind::sum) {
    std::vector<std::vector<T>> of_ranks;
    for (int r = 0; r < c.size(); ++r) of_ranks.push_back(inputs<T>(r, count));
    std::vector<T> canonical(count);
    for (std::size_t i = 0; i < count; ++i) canonical[i] = canonical_reduction(of_ranks, i, op);
    require(same_bits(expected, canonical), "all_reduce");
  }
  for (int root = 0; root < c.size(); ++root) {
    auto in = input;
    std::vector<T> out(c.rank() == root ? count : 0);
    reduce(c, block_of(in.data(), count), block_of(out.data(), out.size()), op, root);
    require(same_bits(in, input), "reduce: input");
    require(c.rank() != root || same_bits(out, expected), "reduce");
    reduce_async(c, block_of(in.data(), count), op, root).wait();
    require(same_bits(in, c.rank() == root ? expected : input), "reduce in place");
  }
  auto all = input;
  const Block block = block_of(all.data(), count), place = share(block, c.rank(), c.size());
  const auto first = static_cast<std::size_t>(static_cast<T*>(place.data) - all.data());
  const std::vector<T> own(expected.begin() + std::ptrdiff_t(first),
                           expected.begin() + std::ptrdiff_t(first + place.count));
  std::vector<T> mine(place.count);
  reduce_scatter(c, block, block_of(mine.data(), mine.size()), op);
  require(same_bits(mine, own) && same_bits(all, input), "reduce_scatter");
  reduce_scatter_async(c, block, place, op).wait();
  std::copy_n(static_cast<T*>(place.data), place.count, mine.begin());
  require(same_bits(mine, own), "reduce_scatter in place");
}

inline void check_reductions(Communicator& c) {
  const auto ranks = static_cast<std::size_t>(c.size());
  for (std::size_t count : {std::size_t{0}, std::size_t{1}, ranks - 1, 7 * ranks + 3}) {
    for (ReduceOp op : {ReduceOp::sum(), ReduceOp::min(), ReduceOp::max(), ReduceOp::product()}) {
      check_reduce<float>(c, count, op);
      check_reduce<double>(c, count, op);
      check_reduce<f16>(c, count, op);
      check_reduce<bf16>(c, count, op);
      check_reduce<std::int32_t>(c, count, op);
      check_reduce<std::int64_t>(c, count, op);
      check_reduce<std::uint8_t>(c, count, op);
    }
    for (ReduceOp op : {ReduceOp::average(), ReduceOp::sum_over(7)}) {
      check_reduce<float>(c, count, op);
      check_reduce<double>(c, count, op);
      check_reduce<f16>(c, count, op);
      check_reduce<bf16>(c, count, op);
    }
  }
  check_reduce<float>(c, 30011, ReduceOp::average());  // long enough for the other algorithm
  check_reduce<bf16>(c, 40007, ReduceOp::average());
}

}  // namespace tutti::test
