// All-reduce of ordinary memory that the ranks of a node read and write in each other.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"

namespace tutti::algorithms {

/// As direct, but the kernel copies: every rank fetches its share of the others' inputs, piece by
/// piece, reduces it, and writes the result into the others' outputs. On one node whose ranks may
/// reach each other's memory (Linux's cross-memory attach), for blocks outside symmetric memory.
void cross_memory_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                             const ReduceOp& op, const Stream& stream);
bool cross_memory_fits(const Problem& problem);
int cross_memory_steps(const Problem& problem);
std::size_t cross_memory_bytes(const Problem& problem);

inline constexpr Algorithm cross_memory{.name = "cross_memory",
                                        .fits = cross_memory_fits,
                                        .medium = Medium::cross_memory,
                                        .steps = cross_memory_steps,
                                        .bytes = cross_memory_bytes,
                                        .canonical = always,
                                        .run = cross_memory_all_reduce,
                                        .rounds = rounds_of_share};

}  // namespace tutti::algorithms
