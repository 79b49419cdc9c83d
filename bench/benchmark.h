// Measures one collective over sizes, dtypes and operators.
#pragma once

#include <functional>

#include "options.h"
#include "row.h"

namespace tutti::bench {

/// Of one size, dtype and operator: out of place, in place, or both, the rows of all algorithms.
using Places = std::vector<std::vector<Row>>;

/// Collective. Hands each size to `show` as it is measured. Every result is verified before it is
/// timed; a wrong one has no time. Error when nothing fits what was asked for.
std::vector<Places> run_benchmark(Communicator& world, const Collective& collective,
                                  const Options& options,
                                  const std::function<void(const Places&)>& show);

/// The rows of one line of the table: of the same algorithm.
using Line = std::vector<Row>;
std::vector<Line> lines_of(const Places& places);

/// Whether the result was right, and the peer's.
inline bool is_right(const Row& row) {
  return row.wrong == 0 && (!row.peer || row.peer->timing);
}

}  // namespace tutti::bench
