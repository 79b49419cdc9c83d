// Ranks that are threads: messages are copied from the sender's memory by the receiver.
#pragma once

#include <vector>

#include "tutti/comm/transport.h"

namespace tutti {

/// What the ranks of one run_threads() share.
class ThreadsWorld;

/// The transports of ranks 0 to ranks-1.
std::vector<std::shared_ptr<Transport>> make_threads_transports(int ranks);

}  // namespace tutti
