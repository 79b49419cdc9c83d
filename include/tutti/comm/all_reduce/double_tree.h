// All-reduce along two binary trees at once.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"

namespace tutti::algorithms {

/// Each half of the data climbs a binary tree of its own and comes down again, chunk after chunk.
/// A leaf of one tree stands inside the other, so that all ranks send about as much: any P;
/// 2 ceil(log2 P) + C - 1 steps for C chunks a half; at most two whole vectors. Source: Sanders,
/// Speck, Traeff: "Two-tree algorithms for full bandwidth broadcast, reduction and scan", Parallel
/// Computing 35, 2009; the trees are those of NCCL.
void double_tree_all_reduce(Communicator& communicator, Block data, ReduceOp op,
                            const Stream& stream);
int double_tree_steps(const Problem& problem);
std::size_t double_tree_bytes(const Problem& problem);

inline constexpr Algorithm double_tree{.name = "double_tree",
                                       .fits = always,
                                       .medium = Medium::messages,
                                       .steps = double_tree_steps,
                                       .bytes = double_tree_bytes,
                                       .canonical = never,
                                       .run = in_place<double_tree_all_reduce>};

}  // namespace tutti::algorithms
