// What an all-reduce algorithm says about itself.
#pragma once

#include "tutti/comm/communicator.h"

namespace tutti {

/// Which order of combination a caller accepts.
enum class Order : std::uint8_t { canonical, any };

/// An all-reduce to be done: the same on all ranks.
struct Problem {
  int ranks;
  std::size_t count;
  Dtype dtype;
  ReduceOp op;
  Order order;

  std::size_t bytes() const { return count * size_of(dtype); }
};

/// One row of all_reduce_table().
struct Algorithm {
  std::string_view name;
  bool (*fits)(const Problem&, const Transport&);
  /// Exchanges on the longest path, for at least as many elements as ranks; fewer
  /// elements may take fewer. Null where the vendor decides.
  int (*steps)(const Problem&);
  /// The most bytes that any one rank sends. Null where the vendor decides.
  std::size_t (*bytes)(const Problem&);
  bool canonical;  ///< builds the canonical sum
  /// Collective. At least two ranks and one element; op.divisor is a number (ReduceOp::for_ranks).
  void (*run)(Communicator&, Block, ReduceOp, const Stream&);
};

inline bool fits_always(const Problem&, const Transport&) {
  return true;
}

}  // namespace tutti
