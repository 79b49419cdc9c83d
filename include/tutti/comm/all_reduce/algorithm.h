// What an all-reduce algorithm says about itself.
#pragma once

#include "tutti/comm/communicator.h"
#include "tutti/comm/cost_model.h"
#include "tutti/comm/problem.h"

namespace tutti {

/// One row of all_reduce_table().
struct Algorithm {
  std::string_view name;
  bool (*fits)(const Problem&);
  Medium medium;
  /// Exchanges, or meetings in shared memory, on the longest path, for at least as many elements as
  /// ranks; fewer elements may take fewer. Null where the vendor decides.
  int (*steps)(const Problem&);
  /// The most bytes that any one rank sends, or stores into shared memory. Null where the vendor
  /// decides.
  std::size_t (*bytes)(const Problem&);
  bool (*canonical)(const Problem&);  ///< whether it builds the canonical sum
  /// Collective. At least two ranks and one element; op.divisor is a number (ReduceOp::for_ranks).
  /// `out` may be `in`; otherwise they do not overlap.
  void (*run)(Communicator&, const Block& in, const Block& out, const ReduceOp& op,
              const Stream& stream);
  /// What it takes, but for rounding. Null where that is what its steps and bytes take over its
  /// medium.
  double (*seconds)(const Problem&, const CostModel&) = nullptr;
  /// How many elements the busiest rank rounds where they are 16-bit floats. Null for all.
  std::size_t (*rounds)(const Problem&) = nullptr;
};

inline bool always(const Problem&) {
  return true;
}
inline bool never(const Problem&) {
  return false;
}

namespace algorithms {

/// `rounds` of rows in which each rank of a node reduces its share of whole cache lines.
std::size_t rounds_of_share(const Problem& problem);

/// The `run` of an algorithm that works in place on what combine() can add: copies `in` to `out`,
/// and lets 16-bit floats travel as f32.
using InPlace = void (*)(Communicator&, Block data, ReduceOp op, const Stream& stream);
void run_in_place(InPlace body, Communicator& communicator, const Block& in, const Block& out,
                  const ReduceOp& op, const Stream& stream);
template <InPlace body>
void in_place(Communicator& communicator, const Block& in, const Block& out, const ReduceOp& op,
              const Stream& stream) {
  run_in_place(body, communicator, in, out, op, stream);
}

}  // namespace algorithms
}  // namespace tutti
