// A part of every rank's block for every rank.
#pragma once

#include <span>

#include "tutti/comm/call_options.h"
#include "tutti/comm/communicator.h"
#include "tutti/comm/work.h"

namespace tutti {

/// Collective, blocking: the r-th of P equal parts of `in` goes to rank r, whose `out` gets it as
/// the part numbered by this rank. All ranks pass the same count, which P divides, and dtype (any).
/// `out` is `in` on all ranks, or on none, and then does not overlap it. Small parts take one step;
/// large ones P-1 steps, each with one peer to send to and one to receive from. In place small
/// parts are copied first, large ones swapped by pairs of ranks, through memory for one part at
/// most, in P-1 steps for an even P, P for an odd one. `options.stream` as in AllReduceOptions.
/// Throws Error for counts or dtypes that do not fit, and what Transport::exchange throws.
void all_to_all(Communicator& communicator, Block in, Block out, const CallOptions& options = {},
                std::source_location site = std::source_location::current());

/// The same with parts of any size, contiguous in the order of the ranks: in_counts[r] elements go
/// to rank r, out_counts[r] come from it. Counts together are those of their blocks; in_counts[r]
/// here is out_counts[rank] on rank r, else Error. Always P-1 steps.
void all_to_all_v(Communicator& communicator, Block in, std::span<const std::size_t> in_counts,
                  Block out, std::span<const std::size_t> out_counts,
                  const CallOptions& options = {},
                  std::source_location site = std::source_location::current());

/// The same, started in the background, as all_reduce_async. The counts are copied.
Work all_to_all_async(Communicator& communicator, Block in, Block out,
                      const CallOptions& options = {},
                      std::source_location site = std::source_location::current());
Work all_to_all_v_async(Communicator& communicator, Block in,
                        std::span<const std::size_t> in_counts, Block out,
                        std::span<const std::size_t> out_counts, const CallOptions& options = {},
                        std::source_location site = std::source_location::current());

}  // namespace tutti
