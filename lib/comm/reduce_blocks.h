// The canonical reduction of blocks that lie in one rank's memory, on any device.
#pragma once

#include <span>

#include "tutti/comm/communicator.h"

namespace tutti {

/// out = the canonical reduction of `inputs`, those of ranks 0, 1, 2, ..., rounded once. `out` may
/// be one of them. op.divisor is a number. On a GPU, inputs other than `kept` may be overwritten.
void reduce_blocks(std::span<const Block> inputs, int kept, Block out, const ReduceOp& op,
                   const Stream& stream);

/// out = in, rounded to its dtype or widened, on the CPU. The accumulator's type is the same.
void convert(Block out, Block in);

/// Error naming `call` for a 16-bit dtype on a GPU.
void require_reducible_there(const Communicator& communicator, std::string_view call, Block block);

}  // namespace tutti
