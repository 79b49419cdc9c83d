// Every rank contributes a block, and one rank gets the reduction of all of them.
#pragma once

#include "tutti/comm/call_options.h"
#include "tutti/comm/communicator.h"
#include "tutti/comm/work.h"

namespace tutti {

/// Collective, blocking: out[i] = in[i] of rank 0 op ... op in[i] of rank P-1 on rank `root`, in
/// canonical order: for every root the bits of a canonical all-reduce; f16 and bf16 (not on a GPU)
/// are added as f32 and rounded once. `out` is used on the root alone, where it is `in` or does not
/// overlap it. All ranks pass the same count, dtype, op and root; `in` is left unchanged elsewhere.
/// Short blocks climb a binomial tree, ceil(log2 P) steps; long ones, on more than two ranks, are
/// reduce-scattered and gathered: two steps, each rank sends about one block. On the CPUs of one
/// node with no more ranks than cores, up to some 8 KB take one step, in which all ranks wait for
/// each other. Source: Rabenseifner: "Optimization of collective reduction operations", ICCS 2004.
/// `options.stream` as in AllReduceOptions. Throws Error for a root that is no rank, for counts,
/// dtypes or operators that do not fit, and what Transport::exchange throws.
void reduce(Communicator& communicator, Block in, Block out, ReduceOp op, int root = 0,
            const CallOptions& options = {},
            std::source_location site = std::source_location::current());

/// The same in place on the root.
void reduce(Communicator& communicator, Block data, ReduceOp op, int root = 0,
            const CallOptions& options = {},
            std::source_location site = std::source_location::current());

/// The same, started in the background, as all_reduce_async.
Work reduce_async(Communicator& communicator, Block in, Block out, ReduceOp op, int root = 0,
                  const CallOptions& options = {},
                  std::source_location site = std::source_location::current());
Work reduce_async(Communicator& communicator, Block data, ReduceOp op, int root = 0,
                  const CallOptions& options = {},
                  std::source_location site = std::source_location::current());

}  // namespace tutti
