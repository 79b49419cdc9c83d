// All-reduce of several nodes whose ranks share memory.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"

namespace tutti::algorithms {

/// Every rank reduces one slice of the block over its node, all-reduces that slice with the ranks
/// of the same local number on the other nodes, and hands the result to its node: each node sends
/// only what the fastest algorithm among nodes sends, through all of its ranks at once. In
/// symmetric memory a long slice passes the network in segments, while the rank reduces the next
/// and hands out the one before. Needs as many ranks on every node, and more than one.
void hierarchical_all_reduce(Communicator& communicator, const Block& in, const Block& out,
                             const ReduceOp& op, const Stream& stream);
bool hierarchical_fits(const Problem& problem);
bool hierarchical_is_canonical(const Problem& problem);
int hierarchical_steps(const Problem& problem);
std::size_t hierarchical_bytes(const Problem& problem);
std::size_t hierarchical_rounds(const Problem& problem);
double hierarchical_seconds(const Problem& problem, const CostModel& model);

/// Steps and bytes are those between nodes, of a slice that passes the network as one segment.
inline constexpr Algorithm hierarchical{.name = "hierarchical",
                                        .fits = hierarchical_fits,
                                        .medium = Medium::messages,
                                        .steps = hierarchical_steps,
                                        .bytes = hierarchical_bytes,
                                        .canonical = hierarchical_is_canonical,
                                        .run = hierarchical_all_reduce,
                                        .seconds = hierarchical_seconds,
                                        .rounds = hierarchical_rounds};

}  // namespace tutti::algorithms
