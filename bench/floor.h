// The least loads and stores of a collective, by all ranks, without any synchronisation.
#pragma once

#include "buffers.h"

namespace tutti::bench {

/// Whether all ranks see both blocks of the call.
Memory in_symmetric_memory(const Communicator& world, const Call& call);

/// In symmetric memory: this rank's share, loaded from all inputs and stored into all outputs. In
/// ordinary memory: what others reduce goes through rooms of the node, and so does what they have
/// reduced.
Work all_reduce_floor(Communicator& world, const Call& call, Stores stores);

/// The floor of a collective's row, for this rank's call in `buffers`. Empty where none is defined:
/// on one rank, between nodes, and in ordinary memory but for all_reduce.
Work floor_of(const Collective& collective, Communicator& world, const Buffers& buffers,
              const Case& what, Stores stores);

}  // namespace tutti::bench
