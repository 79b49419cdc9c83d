// Which elements of a block belong to which rank.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "tutti/comm/share.h"

namespace tutti {

/// Contiguous, in the order of the ranks.
class Parts {
 public:
  /// Those of share().
  Parts(std::size_t count, int ranks) : begins_(static_cast<std::size_t>(ranks) + 1) {
    const Block all{nullptr, count, Dtype::u8};
    for (int r = 0; r < ranks; ++r) at(r + 1) = at(r) + share(all, r, ranks).count;
  }
  explicit Parts(std::span<const std::size_t> counts) : begins_(counts.size() + 1) {
    std::partial_sum(counts.begin(), counts.end(), begins_.begin() + 1);
  }

  int ranks() const { return static_cast<int>(begins_.size()) - 1; }
  std::size_t total() const { return begins_.back(); }
  std::size_t count(int rank) const { return count(rank, rank + 1); }
  /// Of ranks [lo, hi).
  std::size_t count(int lo, int hi) const { return at(hi) - at(lo); }
  bool any_empty() const { return std::ranges::adjacent_find(begins_) != begins_.end(); }
  Block of(Block whole, int rank) const { return of(whole, rank, rank + 1); }
  Block of(Block whole, int lo, int hi) const {
    if (!whole.data) return {nullptr, count(lo, hi), whole.dtype, whole.device};
    return whole.slice(at(lo), at(hi));
  }

 private:
  std::size_t& at(int rank) { return begins_[static_cast<std::size_t>(rank)]; }
  const std::size_t& at(int rank) const { return begins_[static_cast<std::size_t>(rank)]; }
  std::vector<std::size_t> begins_;
};

}  // namespace tutti
