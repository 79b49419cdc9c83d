#include "comm/rooted_tree.h"

#include <algorithm>
#include <array>

namespace tutti {
namespace {

struct RankRange {
  int lo, hi;
};

// Places [begin, end) as ranks: before the last rank and, counted from rank 0, after it.
std::array<RankRange, 2> ranks_at(int begin, int end, int root, int ranks) {
  const int wrap = ranks - root;  // the place of rank 0
  return {{{root + std::min(begin, wrap), root + std::min(end, wrap)},
           {std::max(begin, wrap) - wrap, std::max(end, wrap) - wrap}}};
}

}  // namespace

RootedTree::RootedTree(const Parts& parts, int rank, int root)
    : parts_(parts),
      root_(root),
      place_((rank - root + parts.ranks()) % parts.ranks()),
      end_(is_root() ? parts.ranks() : std::min(parts.ranks(), place_ + (place_ & -place_))) {}

std::size_t RootedTree::count(int begin, int end) const {
  std::size_t sum = 0;
  for (const auto& [lo, hi] : ranks_at(begin, end, root_, parts_.ranks()))
    sum += parts_.count(lo, hi);
  return sum;
}

std::vector<Transfer> RootedTree::messages(Transfer::Kind kind, int peer, Block memory, int begin,
                                           int end) const {
  std::vector<Transfer> transfers;
  std::size_t offset = is_root() ? 0 : count(place_, begin);
  for (const auto& [lo, hi] : ranks_at(begin, end, root_, parts_.ranks())) {
    const std::size_t length = parts_.count(lo, hi);
    if (length == 0) continue;
    transfers.push_back(
        {kind, peer,
         is_root() ? parts_.of(memory, lo, hi) : memory.slice(offset, offset + length)});
    offset += length;
  }
  return transfers;
}

std::vector<Transfer> RootedTree::with_child(Transfer::Kind kind, Block memory,
                                             int distance) const {
  const int child = place_ + distance;
  return messages(kind, rank_at(child), memory, child, std::min(child + distance, end_));
}

std::vector<Transfer> RootedTree::with_parent(Transfer::Kind kind, Block memory) const {
  return messages(kind, rank_at(place_ & (place_ - 1)), memory, place_, end_);
}

}  // namespace tutti
