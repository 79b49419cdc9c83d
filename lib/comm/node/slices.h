// A block cut into one slice a member of a node: reducing to it, and gathering from it.
#pragma once

#include "comm/node/node.h"
#include "comm/node/shares.h"

namespace tutti {

/// The slice of member k of a block. Small blocks are one slice: two small messages over a network
/// cost twice as much as one.
inline ElementRange slice_range(std::size_t count, Dtype dtype, int k, int members) {
  return line_share(count, dtype, k, members, 4096);
}
inline Block slice_of(Block block, int k, int members) {
  const ElementRange share = slice_range(block.count, block.dtype, k, members);
  return block.slice(share.begin, share.end);
}
inline std::size_t longest_slice(std::size_t count, Dtype dtype, int members) {
  std::size_t most = 0;
  for (int k = 0; k < members; ++k)
    most = std::max(most, slice_range(count, dtype, k, members).count());
  return most;
}

/// Collective over the node: slice = own slice of the canonical reduction of all members' `in`, in
/// the type of `slice` (the accumulator of in.dtype). `place` is that of `in`.
void reduce_slices(NodeMemory& node, Block in, const SymmetricPlace& place, Block slice,
                   ReduceOp::Kind kind);

/// Collective over the node: every member's `out` = the members' slices, rounded to its type.
void gather_slices(NodeMemory& node, Block slice, Block out, const SymmetricPlace& place);

}  // namespace tutti
