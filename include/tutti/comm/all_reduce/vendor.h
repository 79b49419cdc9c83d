// The all-reduce of the library under the transport.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"

namespace tutti::algorithms {

/// Transport::vendor_all_reduce: MPI_Iallreduce, ncclAllReduce. How it adds is its own affair. When
/// it throws, the library may still write to the block until run() ends.
void vendor_all_reduce(Communicator& communicator, Block data, ReduceOp op, const Stream& stream);
bool vendor_fits(const Problem& problem);

inline constexpr Algorithm vendor{.name = "vendor",
                                  .fits = vendor_fits,
                                  .medium = Medium::messages,
                                  .steps = nullptr,
                                  .bytes = nullptr,
                                  .canonical = never,
                                  .run = in_place<vendor_all_reduce>};

}  // namespace tutti::algorithms
