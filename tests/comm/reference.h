// What a reduction must give, computed without the library: every rank knows all ranks' inputs.
#pragma once

#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "tutti/base/philox.h"
#include "tutti/comm/reduce_op.h"

namespace tutti::test {

/// A small whole number, never 0: sums of it are exact in every type and order.
template <class T>
T whole(int rank, std::size_t i) {
  const int numbers[] = {1, 2, 3, 4, 5, -1, -2, -3};  // the first five fit every type
  auto word =
      (static_cast<std::uint32_t>(i) + 1000003u * static_cast<unsigned>(rank)) * 2654435761u;
  return static_cast<T>(numbers[(word >> 16) % (std::is_unsigned_v<T> ? 5 : 8)]);
}

/// A number in [-1, 1) with all its bits in use: the order of a sum shows.
template <class T>
T random(int rank, std::size_t i) {
  auto words = Philox(11).at(rank, i);
  return static_cast<T>(2 * ((words[0] + words[1] * 0x1p-32) * 0x1p-32) - 1);
}

template <class T, class Values>
std::vector<T> fill(Values values, int rank, std::size_t count) {
  std::vector<T> data(count);
  for (std::size_t i = 0; i < count; ++i) data[i] = values(rank, i);
  return data;
}

/// The canonical sum, as DESIGN defines it.
template <class T>
T canonical_sum(const std::vector<T>& x, std::size_t lo, std::size_t hi) {
  if (hi - lo == 1) return x[lo];
  std::size_t middle = lo + std::bit_floor(hi - lo - 1);
  return canonical_sum(x, lo, middle) + canonical_sum(x, middle, hi);
}

/// Element i of the reduction over `ranks` ranks of whole(), exact, then wrapped to
/// T.
template <class T>
T reduced_whole(ReduceOp op, int ranks, std::size_t i) {
  std::int64_t value = 0;
  for (int r = 0; r < ranks; ++r) {
    std::int64_t next = static_cast<std::int64_t>(whole<T>(r, i));
    if (r == 0)
      value = next;
    else if (op.kind == ReduceOp::Kind::sum)
      value += next;
    else if (op.kind == ReduceOp::Kind::product)
      value *= next;
    else if (op.kind == ReduceOp::Kind::min)
      value = next < value ? next : value;
    else
      value = next > value ? next : value;
  }
  double divisor = op.for_ranks(ranks).divisor;
  if constexpr (std::is_floating_point_v<T>) return static_cast<T>(value) / static_cast<T>(divisor);
  return static_cast<T>(value);
}

template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

}  // namespace tutti::test
