// All-reduce round a ring.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"

namespace tutti::algorithms {

/// Reduce-scatter round the ring, slice by slice, so that sums find their data in the cache and
/// overlap the transfer of what follows; then all-gather round it. Any P; the fewest bytes;
/// (P-1)(S+1) steps for S slices a chunk. Source: Patarasuk, Yuan: "Bandwidth optimal all-reduce
/// algorithms for clusters of workstations", JPDC 69, 2009.
void ring_all_reduce(Communicator& communicator, Block data, ReduceOp op, const Stream& stream);
int ring_steps(const Problem& problem);
std::size_t ring_bytes(const Problem& problem);

inline constexpr Algorithm ring{.name = "ring",
                                .fits = always,
                                .medium = Medium::messages,
                                .steps = ring_steps,
                                .bytes = ring_bytes,
                                .canonical = never,
                                .run = in_place<ring_all_reduce>};

}  // namespace tutti::algorithms
