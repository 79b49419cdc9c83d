// Measures one collective over sizes, dtypes and operators.
#pragma once

#include <functional>

#include "options.h"
#include "row.h"

namespace tutti::bench {

/// The rows of one line of the table: out of place, in place, or both.
using Line = std::vector<Row>;

/// Collective. Hands each line to `show` as it is measured. Every result is verified before it is
/// timed; a wrong one has no time. Error when nothing fits what was asked for.
std::vector<Row> run_benchmark(Communicator& world, const Collective& collective,
                               const Options& options,
                               const std::function<void(const Line&)>& show);

/// Whether every result was right, the peer's included.
bool all_right(const std::vector<Row>& rows);

}  // namespace tutti::bench
