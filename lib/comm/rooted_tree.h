// The binomial tree of a gather or scatter: where the parts of a subtree lie.
#pragma once

#include <vector>

#include "comm/parts.h"
#include "tutti/comm/transport.h"

namespace tutti {

/// Ranks by their place, counted from the root: place p has the subtree [p, end(p)), whose children
/// stand at p + 1, p + 2, p + 4, ...
class RootedTree {
 public:
  RootedTree(const Parts& parts, int rank, int root);

  int place() const { return place_; }
  int end() const { return end_; }
  bool is_root() const { return place_ == 0; }
  bool is_leaf() const { return end_ - place_ == 1; }
  /// How many elements this rank's subtree has.
  std::size_t held() const { return count(place_, end_); }

  /// The messages with the parts of the child `distance` places further on, and its subtree's.
  /// `memory`: the root has all parts in the order of the ranks, others those of their subtree in
  /// the order of the places.
  std::vector<Transfer> with_child(Transfer::Kind kind, Block memory, int distance) const;
  std::vector<Transfer> with_parent(Transfer::Kind kind, Block memory) const;

 private:
  int rank_at(int place) const { return (place + root_) % parts_.ranks(); }
  std::size_t count(int begin, int end) const;
  std::vector<Transfer> messages(Transfer::Kind kind, int peer, Block memory, int begin,
                                 int end) const;

  const Parts& parts_;
  int root_, place_, end_;
};

}  // namespace tutti
