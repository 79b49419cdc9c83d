// This machine as a topology for simulations.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "tutti/comm/communicator.h"

namespace tutti::bench {

/// Collective, over plain MPI messages: measures calls, messages between neighbours and
/// combinations at `sizes`, and writes them to `file` as the topology of one node.
void calibrate(Communicator& plain, const std::string& file, std::span<const std::size_t> sizes);

}  // namespace tutti::bench
