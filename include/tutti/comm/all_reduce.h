// Every rank contributes a block, and every rank gets the reduction of all of them.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"
#include "tutti/comm/call_options.h"
#include "tutti/comm/work.h"

namespace tutti {

/// Equal on all ranks, the stream aside.
struct AllReduceOptions {
  /// A name in all_reduce_table(), whose order is then accepted, too; empty: chosen by the cost
  /// model among the rows that keep `order`.
  std::string_view algorithm = {};
  Order order = Order::canonical;
  /// Where `data` is computed and used. Needed for blocks on a CUDA device.
  const Stream* stream = nullptr;
  /// As in CallOptions.
  CallLabel label = {};
};

/// Collective, blocking: out[i] = in[i] of rank 0 op ... op in[i] of rank P-1, the same bits on
/// every rank. With Order::canonical and no algorithm named, they depend neither on the algorithm
/// nor on how the data is split into calls: sum[lo, hi) = sum[lo, mid) + sum[mid, hi), where mid -
/// lo is the largest power of two below hi - lo. f16 and bf16 are added and divided as f32 and
/// rounded once. All ranks pass the same count, dtype, op and options; `out` is `in` or does not
/// overlap it. On a CUDA device it returns when everything is enqueued. Throws Error for a dtype
/// that op cannot reduce, for an unknown algorithm, for a call that differs among ranks, and what
/// Transport::exchange throws.
void all_reduce(Communicator& communicator, Block in, Block out, ReduceOp op,
                const AllReduceOptions& options = {},
                std::source_location site = std::source_location::current());

/// The same in place.
inline void all_reduce(Communicator& communicator, Block data, ReduceOp op,
                       const AllReduceOptions& options = {},
                       std::source_location site = std::source_location::current()) {
  all_reduce(communicator, data, data, op, options, site);
}

/// The same, started in the background after all earlier calls on this communicator. Wrong
/// arguments throw here, failures of the communication in Work::wait(). The blocks stay borrowed
/// until then.
Work all_reduce_async(Communicator& communicator, Block in, Block out, ReduceOp op,
                      const AllReduceOptions& options = {},
                      std::source_location site = std::source_location::current());
Work all_reduce_async(Communicator& communicator, Block data, ReduceOp op,
                      const AllReduceOptions& options = {},
                      std::source_location site = std::source_location::current());

/// Which row of all_reduce_table() such a call takes; null where nothing needs to be sent. Local.
const Algorithm* all_reduce_choice(const Communicator& communicator, Block in, Block out,
                                   ReduceOp op, const AllReduceOptions& options = {});

}  // namespace tutti
