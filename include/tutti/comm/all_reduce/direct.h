// All-reduce through symmetric memory.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"

namespace tutti::algorithms {

/// Every rank reduces its share of the block, reading all ranks' inputs and storing into all ranks'
/// outputs: two meetings, and each byte crosses the memory bus as rarely as it can. Needs blocks in
/// symmetric memory, on one node.
void direct_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                       const ReduceOp& op, const Stream& stream);
bool direct_fits(const Problem& problem);
int direct_steps(const Problem& problem);
std::size_t direct_bytes(const Problem& problem);

inline constexpr Algorithm direct{.name = "direct",
                                  .fits = direct_fits,
                                  .medium = Medium::symmetric,
                                  .steps = direct_steps,
                                  .bytes = direct_bytes,
                                  .canonical = always,
                                  .run = direct_all_reduce,
                                  .rounds = rounds_of_share};

}  // namespace tutti::algorithms
