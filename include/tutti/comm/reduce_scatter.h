// Every rank gets its share of the reduction of all ranks' blocks.
#pragma once

#include "tutti/comm/call_options.h"
#include "tutti/comm/communicator.h"
#include "tutti/comm/share.h"
#include "tutti/comm/work.h"

namespace tutti {

/// Collective, blocking: mine = share(reduction of `all` over the ranks, rank, P), in canonical
/// order: the same bits as the share of a canonical all-reduce; f16 and bf16 (not on a GPU) are
/// added as f32 and rounded once. `all` is left unchanged unless `mine`, which must have the count
/// of the share, lies in its place there. Every rank sends P-1 shares at once: one step, the fewest
/// bytes, scratch memory of less than all.count elements. `options.stream` as in AllReduceOptions.
/// Throws Error for counts, dtypes or operators that do not fit, and what Transport::exchange
/// throws.
void reduce_scatter(Communicator& communicator, Block all, Block mine, ReduceOp op,
                    const CallOptions& options = {},
                    std::source_location site = std::source_location::current());

/// The same, started in the background, as all_reduce_async.
Work reduce_scatter_async(Communicator& communicator, Block all, Block mine, ReduceOp op,
                          const CallOptions& options = {},
                          std::source_location site = std::source_location::current());

}  // namespace tutti
