// Ranks that are threads: messages are copied from the sender's memory by the receiver.
#pragma once

#include <vector>

#include "comm/polling_transport.h"

namespace tutti {

/// The transports of ranks 0 to ranks-1, spread over nodes of `per_node` ranks.
std::vector<std::shared_ptr<PollingTransport>> make_threads_transports(int ranks, int per_node);

}  // namespace tutti
