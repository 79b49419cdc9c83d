// The slices of a block in symmetric memory, reduced and handed out a little at a time.
#pragma once

#include "comm/node/node.h"
#include "comm/node/slices.h"

namespace tutti {

/// One member's work on its slice. Between the meeting that all inputs have come by and the one
/// after which outputs are read, no other member touches what it reads or writes: it waits for
/// nobody, and can go on beside messages.
class SymmetricSlices {
 public:
  /// All members' blocks of the shape and type of `in` are at `from`, their results go to `to`;
  /// `sums`: memory for this member's slice, in the accumulator's type.
  SymmetricSlices(const NodeMemory& node, Block in, const SymmetricPlace& from,
                  const SymmetricPlace& to, Block sums, ReduceOp::Kind kind);

  /// Reduces a piece of what is missing in the first `reduced` elements of `sums`, or else hands
  /// out a piece of the first `given` to all members; false where neither misses anything.
  bool go_on(std::size_t reduced, std::size_t given);

 private:
  void reduce(std::size_t end);
  void give(std::size_t end);

  SymmetricPlace from_, to_;
  std::size_t offset_;  ///< of the slice in the block, in bytes
  int members_;
  Dtype dtype_;
  Block sums_;
  ReduceOp::Kind kind_;
  std::size_t piece_;  ///< in elements
  std::size_t reduced_ = 0, given_ = 0;
};

}  // namespace tutti
