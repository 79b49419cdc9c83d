// A block cut into one slice a member of a node: reducing to it, and gathering from it, in ordinary
// memory.
#pragma once

#include "comm/node/node.h"
#include "comm/node/shares.h"

namespace tutti {

/// Small blocks are one slice: two small messages over a network cost twice as much as one.
inline constexpr std::size_t slice_line = 4096;

/// The slice of member k of a block.
inline Block slice_of(Block block, int k, int members) {
  const ElementRange share = line_share(block.count, block.dtype, k, members, slice_line);
  return block.slice(share.begin, share.end);
}
inline std::size_t longest_slice(std::size_t count, Dtype dtype, int members) {
  return longest_line_share(count, dtype, members, slice_line);
}

/// Collective over the node, whose members have met in this call: slice = own slice of the
/// canonical reduction of all members' `in`, in the type of `slice` (the accumulator of in.dtype).
void reduce_slices(NodeMemory& node, Block in, Block slice, ReduceOp::Kind kind);

/// Collective over the node: every member's `out` = the members' slices, rounded to its type.
void gather_slices(NodeMemory& node, Block slice, Block out);

}  // namespace tutti
