// Collectives on blocks in a GPU's memory.
#pragma once

#include "tutti/comm/communicator.h"

namespace tutti {

/// Collective. A communicator of the same ranks for blocks on the CPU and on `device`: over NCCL
/// where the build has it and every rank a GPU of its own, else staged through host memory. On the
/// CPU, `communicator` itself. All ranks must pass the same kind of device.
Communicator with_device(Communicator& communicator, const Device& device);

}  // namespace tutti
