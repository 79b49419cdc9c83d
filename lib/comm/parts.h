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
  /// Those of share(): they need no memory.
  Parts(std::size_t count, int ranks) : total_(count), ranks_(ranks) {}
  explicit Parts(std::span<const std::size_t> counts)
      : ranks_(static_cast<int>(counts.size())), begins_(counts.size() + 1) {
    std::partial_sum(counts.begin(), counts.end(), begins_.begin() + 1);
    total_ = begins_.back();
  }

  int ranks() const { return ranks_; }
  std::size_t total() const { return total_; }
  std::size_t count(int rank) const { return count(rank, rank + 1); }
  /// Of ranks [lo, hi).
  std::size_t count(int lo, int hi) const { return begin(hi) - begin(lo); }
  bool any_empty() const {
    if (begins_.empty()) return total_ < static_cast<std::size_t>(ranks_);
    return std::ranges::adjacent_find(begins_) != begins_.end();
  }
  Block of(Block whole, int rank) const { return of(whole, rank, rank + 1); }
  Block of(Block whole, int lo, int hi) const {
    if (!whole.data) return {nullptr, count(lo, hi), whole.dtype, whole.device};
    return whole.slice(begin(lo), begin(hi));
  }

 private:
  std::size_t begin(int rank) const {
    return begins_.empty() ? share_begin(total_, rank, ranks_)
                           : begins_[static_cast<std::size_t>(rank)];
  }

  std::size_t total_ = 0;
  int ranks_;
  std::vector<std::size_t> begins_;  // and the end; empty where parts are shares
};

}  // namespace tutti
