// All-reduce by a tree up and down.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"

namespace tutti::algorithms {

/// Reduces to rank 0 along a binomial tree of distances 1, 2, 4, ..., then broadcasts along it. Any
/// P; 2 ceil(log2 P) steps of whole vectors. Source: Thakur, Rabenseifner, Gropp: "Optimization of
/// collective communication operations in MPICH", IJHPCA 19, 2005.
void binomial_tree_all_reduce(Communicator& communicator, Block data, ReduceOp op,
                              const Stream& stream);
int binomial_tree_steps(const Problem& problem);
std::size_t binomial_tree_bytes(const Problem& problem);

inline constexpr Algorithm binomial_tree{.name = "binomial_tree",
                                         .fits = always,
                                         .medium = Medium::messages,
                                         .steps = binomial_tree_steps,
                                         .bytes = binomial_tree_bytes,
                                         .canonical = always,
                                         .run = in_place<binomial_tree_all_reduce>};

}  // namespace tutti::algorithms
