// Every rank's share of a block on every rank.
#pragma once

#include <span>

#include "tutti/comm/call_options.h"
#include "tutti/comm/communicator.h"
#include "tutti/comm/share.h"
#include "tutti/comm/work.h"

namespace tutti {

/// Collective, blocking: share(all, r, P) = `mine` of rank r, on every rank. mine.count must be
/// that of share(all, rank, P): all.count / P where P divides it. `mine` may lie in its place in
/// `all`. Any dtype. Every rank sends its share to all others at once: one step, the fewest bytes.
/// `options.stream` as in AllReduceOptions. Throws Error for counts or dtypes that do not fit, and
/// what Transport::exchange throws.
void all_gather(Communicator& communicator, Block mine, Block all, const CallOptions& options = {},
                std::source_location site = std::source_location::current());

/// The same with parts of any size: rank r's has counts[r] elements and starts in `all` after those
/// of the ranks before. All ranks pass the same counts, which together are all.count.
void all_gather_v(Communicator& communicator, Block mine, Block all,
                  std::span<const std::size_t> counts, const CallOptions& options = {},
                  std::source_location site = std::source_location::current());

/// The same, started in the background, as all_reduce_async. `counts` are copied.
Work all_gather_async(Communicator& communicator, Block mine, Block all,
                      const CallOptions& options = {},
                      std::source_location site = std::source_location::current());
Work all_gather_v_async(Communicator& communicator, Block mine, Block all,
                        std::span<const std::size_t> counts, const CallOptions& options = {},
                        std::source_location site = std::source_location::current());

}  // namespace tutti
