// The canonical sum below the ranks: over the shards of one rank.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace tutti::parallel {

/// sum[lo, mid) + sum[mid, hi) with mid - lo the largest power of two below hi - lo.
inline double canonical_sum(std::span<const double> values) {
  if (values.size() <= 1) return values.empty() ? 0 : values[0];
  std::size_t half = std::bit_ceil(values.size()) / 2;
  return canonical_sum(values.first(half)) + canonical_sum(values.subspan(half));
}

/// The same sum while its terms come one after the other, as a binary counter: level d holds the
/// sum of a finished subtree. Term `number` of `count` is stored at level store_level(); then it
/// joins the level below joins() times.
struct ShardCounter {
  std::int64_t number, count;
  int store_level() const { return std::popcount(static_cast<std::uint64_t>(number)); }
  int joins() const {
    return number + 1 == count ? store_level()
                               : std::countr_one(static_cast<std::uint64_t>(number));
  }
};

}  // namespace tutti::parallel
