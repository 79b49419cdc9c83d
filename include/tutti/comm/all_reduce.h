// Every rank contributes a block, and every rank gets the reduction of all of them.
#pragma once

#include "tutti/comm/all_reduce/algorithm.h"
#include "tutti/comm/work.h"

namespace tutti {

/// Equal on all ranks, the stream aside.
struct AllReduceOptions {
  /// A name in all_reduce_table(); empty: chosen from the number of ranks and bytes.
  std::string_view algorithm = {};
  Order order = Order::canonical;
  /// Where `data` is computed and used. Needed for blocks on a CUDA device.
  const Stream* stream = nullptr;
};

/// Collective, blocking: data[i] = data[i] of rank 0 op ... op data[i] of rank P-1, the same bits
/// on every rank. With Order::canonical they depend neither on the algorithm nor on how the data is
/// split into calls: sum[lo, hi) = sum[lo, mid) + sum[mid, hi), where mid - lo is the largest power
/// of two below hi - lo. All ranks pass the same count, dtype, op and options. On a CUDA device it
/// returns when everything is enqueued. Throws Error for a dtype that op cannot reduce, for an
/// unknown algorithm, and what Transport::exchange throws.
void all_reduce(Communicator& communicator, Block data, ReduceOp op, AllReduceOptions options = {});

/// The same, started in the background after all earlier calls on this communicator. Wrong
/// arguments throw here, failures of the communication in Work::wait(). `data` stays borrowed until
/// then.
Work all_reduce_async(Communicator& communicator, Block data, ReduceOp op,
                      AllReduceOptions options = {});

}  // namespace tutti
