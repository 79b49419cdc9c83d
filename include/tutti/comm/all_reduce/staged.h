// All-reduce of ordinary memory through symmetric rooms.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"

namespace tutti::algorithms {

/// As direct, chunk by chunk: every rank copies what others reduce into its room, reduces its own
/// share of the chunk, and copies the shares of the others out; the three steps of neighbouring
/// chunks overlap. On one node, for blocks outside symmetric memory.
void staged_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                       const ReduceOp& op, const Stream& stream);
bool staged_fits(const Problem& problem);
int staged_steps(const Problem& problem);
std::size_t staged_bytes(const Problem& problem);

inline constexpr Algorithm staged{.name = "staged",
                                  .fits = staged_fits,
                                  .medium = Medium::rooms,
                                  .steps = staged_steps,
                                  .bytes = staged_bytes,
                                  .canonical = always,
                                  .run = staged_all_reduce,
                                  .rounds = rounds_of_share};

}  // namespace tutti::algorithms
