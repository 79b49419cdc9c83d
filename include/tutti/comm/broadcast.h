// One rank's block on every rank.
#pragma once

#include "tutti/comm/communicator.h"

namespace tutti {

/// Collective, blocking: `data` of rank `root` everywhere. Same bytes and root on all ranks; any
/// dtype. A binomial tree: ceil(log2 P) steps, the root sends as many copies. `stream` as in
/// AllReduceOptions. Throws Error for a root that is no rank, and what Transport::exchange throws.
void broadcast(Communicator& communicator, Block data, int root = 0, const Stream* stream = nullptr,
               std::source_location site = std::source_location::current());

}  // namespace tutti
