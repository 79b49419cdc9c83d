// P ranks as groups of 2^a + 2^b + ... ranks, the largest first: the top of the canonical sum.
#pragma once

#include <bit>
#include <vector>

#include "tutti/base/block.h"

namespace tutti::algorithms {

struct RankGroup {
  int first;
  int size;  ///< a power of two
  int levels() const { return std::countr_zero(static_cast<unsigned>(size)); }
};

class BinaryBlocks {
 public:
  explicit BinaryBlocks(int ranks) {
    for (int first = 0; first < ranks; first += groups_.back().size)
      groups_.push_back(
          {first, static_cast<int>(std::bit_floor(static_cast<unsigned>(ranks - first)))});
  }

  int count() const { return static_cast<int>(groups_.size()); }
  const RankGroup& operator[](int k) const { return groups_[k]; }
  int group_of(int rank) const {
    int k = 0;
    while (rank >= groups_[k].first + groups_[k].size) ++k;
    return k;
  }

  /// Exchanges until the first group holds the total, when a group of 2^a ranks takes a of its own.
  int steps_to_total() const {
    int steps = groups_.back().levels();
    for (int k = count() - 2; k >= 0; --k) steps = std::max(groups_[k].levels(), steps) + 1;
    return steps;
  }

 private:
  std::vector<RankGroup> groups_;
};

struct Range {
  std::size_t begin, end;
  std::size_t size() const { return end - begin; }
  Range half(bool upper) const {
    std::size_t middle = begin + size() / 2;
    return upper ? Range{middle, end} : Range{begin, middle};
  }
};

/// What member `member` of `members` (a power of two) is left with when `count` elements are halved
/// by its bits, lowest first: nested in the piece of member % m among m < members.
inline Range piece(std::size_t count, int member, int members) {
  Range range{0, count};
  for (int bit = 1; bit < members; bit *= 2) range = range.half(member & bit);
  return range;
}

inline Block slice(Block block, Range range) {
  return block.slice(range.begin, range.end);
}

}  // namespace tutti::algorithms
