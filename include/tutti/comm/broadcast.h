// One rank's block on every rank.
#pragma once

#include "tutti/comm/call_options.h"
#include "tutti/comm/communicator.h"
#include "tutti/comm/work.h"

namespace tutti {

/// Collective, blocking: `data` of rank `root` everywhere. Same bytes and root on all ranks; any
/// dtype. Short blocks, and two ranks, take a binomial tree: ceil(log2 P) steps, the root sends as
/// many copies. Long blocks are scattered and all-gathered: two steps, the root sends less than two
/// copies. On the CPUs of one node with no more ranks than cores, up to some 8 KB take one step,
/// in which all ranks wait for each other. `options.stream` as in AllReduceOptions. Throws Error
/// for a root that is no rank, and what Transport::exchange throws. Source: Barnett, Gupta, Payne,
/// Shuler, van de Geijn, Watts: "Interprocessor collective communication library (InterCom)", SHPCC
/// 1994.
void broadcast(Communicator& communicator, Block data, int root = 0,
               const CallOptions& options = {},
               std::source_location site = std::source_location::current());

/// The same out of place: `out` = `in` of the root. `in` is used on the root alone, where it is
/// `out` or does not overlap it.
void broadcast(Communicator& communicator, Block in, Block out, int root = 0,
               const CallOptions& options = {},
               std::source_location site = std::source_location::current());

/// The same, started in the background, as all_reduce_async.
Work broadcast_async(Communicator& communicator, Block data, int root = 0,
                     const CallOptions& options = {},
                     std::source_location site = std::source_location::current());
Work broadcast_async(Communicator& communicator, Block in, Block out, int root = 0,
                     const CallOptions& options = {},
                     std::source_location site = std::source_location::current());

}  // namespace tutti
