// All-reduce by recursive doubling of whole vectors.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"

namespace tutti::algorithms {

/// Ranks at distance 1, 2, 4, ... swap whole vectors: log2 P steps where P is a power of two. Other
/// P are cut into binary blocks, whose sums flow to the first block and back. Few steps, many
/// bytes. Source: Thakur, Rabenseifner, Gropp: "Optimization of collective communication operations
/// in MPICH", IJHPCA 19, 2005; binary blocks as in halving_doubling.
void recursive_doubling_all_reduce(Communicator& communicator, Block data, ReduceOp op,
                                   const Stream& stream);
int recursive_doubling_steps(const Problem& problem);
std::size_t recursive_doubling_bytes(const Problem& problem);

inline constexpr Algorithm recursive_doubling{.name = "recursive_doubling",
                                              .fits = always,
                                              .medium = Medium::messages,
                                              .steps = recursive_doubling_steps,
                                              .bytes = recursive_doubling_bytes,
                                              .canonical = always,
                                              .run = in_place<recursive_doubling_all_reduce>};

}  // namespace tutti::algorithms
