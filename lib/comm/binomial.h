// The broadcast that collectives share.
#pragma once

#include "tutti/comm/communicator.h"

namespace tutti {

/// ceil(log2 ranks).
int binomial_levels(int ranks);

/// A broadcast from `root`, on the calling thread.
void binomial_broadcast(Communicator& communicator, Block data, int root, const Stream& stream);

}  // namespace tutti
