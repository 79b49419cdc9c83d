// All-reduce by recursive halving and doubling.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"

namespace tutti::algorithms {

/// Reduce-scatter by halving vectors at distance 1, 2, 4, ..., then all-gather by doubling them:
/// 2 log2 P steps and the fewest bytes where P is a power of two. Other P are cut into binary
/// blocks, whose pieces flow to the first block and back. Source: Rabenseifner: "Optimization of
/// collective reduction operations", ICCS 2004, with the binary blocks algorithm.
void halving_doubling_all_reduce(Communicator& communicator, Block data, ReduceOp op,
                                 const Stream& stream);
int halving_doubling_steps(const Problem& problem);
std::size_t halving_doubling_bytes(const Problem& problem);

inline constexpr Algorithm halving_doubling{.name = "halving_doubling",
                                            .fits = always,
                                            .medium = Medium::messages,
                                            .steps = halving_doubling_steps,
                                            .bytes = halving_doubling_bytes,
                                            .canonical = always,
                                            .run = in_place<halving_doubling_all_reduce>};

}  // namespace tutti::algorithms
