// Memory that all ranks of a node can reach, for the fastest all-reduce.
#pragma once

#include "tutti/comm/communicator.h"
#include "tutti/device/buffer.h"

namespace tutti {

/// Collective, blocking: `bytes` bytes of zeros on every rank, aligned to 64, in memory that the
/// ranks of a node share. All-reduces on this very communicator of blocks at the same place of it
/// on all ranks may take the algorithm "direct"; at different places they throw, but for blocks
/// below 1 KiB, which are reduced as ordinary memory. Ordinary memory where the communicator has
/// a single rank on some node, or the system shares none. All ranks pass the same size. A rank may
/// let go of its buffer at any time. `device` is a handle on the CPU, where results computed from
/// it are allocated. Throws Error for sizes that differ among ranks, and what Transport::exchange
/// throws.
Buffer symmetric_buffer(Communicator& communicator, std::size_t bytes,
                        const Device& device = Device::cpu(),
                        std::source_location site = std::source_location::current());

/// Whether the block lies in a living buffer that symmetric_buffer() has made of this very
/// communicator's shared memory: the same on all ranks for the same place. Local, never blocks.
bool is_symmetric(const Communicator& communicator, const Block& block);

}  // namespace tutti
