// The canonical sum of blocks that this process can all read, in one pass over memory.
#pragma once

#include <cstddef>
#include <span>

#include "tutti/comm/reduce_op.h"

namespace tutti {

/// How results are stored: streaming stores go past the caches.
enum class Stores : std::uint8_t { ordinary, streaming };

struct ManyBlocks {
  std::span<const std::byte* const> inputs;  ///< of ranks 0, 1, 2, ..., `in` each
  Dtype in;
  std::span<std::byte* const> outputs;  ///< each gets the result, as `out`; may be inputs
  Dtype out;
  std::size_t count;
};

/// outputs[k][i] = (inputs[0][i] kind inputs[1][i] kind ...) / divisor, combined as the canonical
/// sum in the accumulator's type and rounded once. `in` and `out` have the same accumulator.
void reduce_many(const ManyBlocks& blocks, ReduceOp::Kind kind, double divisor, Stores stores);

/// What reduce_many() calls for these types: to be looked up while the blocks are still on their
/// way.
using Reduction = void (*)(const ManyBlocks& blocks, double divisor, Stores stores);
Reduction reduction_of(Dtype in, Dtype out, ReduceOp::Kind kind);

}  // namespace tutti
