// All-reduce of a small block in one meeting.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"

namespace tutti::algorithms {

/// Every rank stores its block behind its flag, in the same cache line when it fits there, then
/// reads and reduces those of all. On one node, for blocks of up to 64 KiB.
void one_shot_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                         const ReduceOp& op, const Stream& stream);
bool one_shot_fits(const Problem& problem);
int one_shot_steps(const Problem& problem);
std::size_t one_shot_bytes(const Problem& problem);

inline constexpr Algorithm one_shot{.name = "one_shot",
                                    .fits = one_shot_fits,
                                    .medium = Medium::slots,
                                    .steps = one_shot_steps,
                                    .bytes = one_shot_bytes,
                                    .canonical = always,
                                    .run = one_shot_all_reduce};

}  // namespace tutti::algorithms
