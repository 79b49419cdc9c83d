// The parts of one rank's block, one for each rank.
#pragma once

#include <span>

#include "tutti/comm/call_options.h"
#include "tutti/comm/communicator.h"
#include "tutti/comm/share.h"
#include "tutti/comm/work.h"

namespace tutti {

/// Collective, blocking: `mine` = share(all of rank `root`, rank, P). All ranks pass the same root
/// and an `all` of the same count and dtype, whose memory is used on the root alone: null will do
/// elsewhere. mine.count must be that of share(all, rank, P); on the root, `mine` may lie in its
/// place in `all`. Any dtype. Small blocks descend a binomial tree, ceil(log2 P) steps; others take
/// one step from the root. On the CPUs of one node with no more ranks than cores, an `all` of up to
/// some 8 KB takes one step, in which all ranks wait for each other. `options.stream` as in
/// AllReduceOptions. Throws Error for a root that is no rank, for counts or dtypes that do not fit,
/// and what Transport::exchange throws.
void scatter(Communicator& communicator, Block all, Block mine, int root = 0,
             const CallOptions& options = {},
             std::source_location site = std::source_location::current());

/// The same with parts of any size: rank r's has counts[r] elements and starts in `all` after those
/// of the ranks before. All ranks pass the same counts, which together are all.count.
void scatter_v(Communicator& communicator, Block all, Block mine,
               std::span<const std::size_t> counts, int root = 0, const CallOptions& options = {},
               std::source_location site = std::source_location::current());

/// The same, started in the background, as all_reduce_async. `counts` are copied.
Work scatter_async(Communicator& communicator, Block all, Block mine, int root = 0,
                   const CallOptions& options = {},
                   std::source_location site = std::source_location::current());
Work scatter_v_async(Communicator& communicator, Block all, Block mine,
                     std::span<const std::size_t> counts, int root = 0,
                     const CallOptions& options = {},
                     std::source_location site = std::source_location::current());

}  // namespace tutti
