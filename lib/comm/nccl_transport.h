// What lib/nccl gives to a build with NCCL: messages between GPUs.
#pragma once

#include <memory>

#include "tutti/comm/communicator.h"

namespace tutti {

/// Collective. Blocks on `device`, a CUDA device of this rank's own, go over NCCL; blocks on the
/// CPU over a duplicate of `host`'s transport. What NCCL runs has no deadline: a failed peer ends
/// it when the job ends.
std::shared_ptr<Transport> make_nccl_transport(Communicator& host, const Device& device);

}  // namespace tutti
