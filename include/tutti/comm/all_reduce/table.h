// All all-reduce algorithms, and the choice among them.
#pragma once

#include <span>

#include "tutti/comm/all_reduce/algorithm.h"

namespace tutti {

/// Tests, documentation and selection go through this table: a new row gets them for nothing.
std::span<const Algorithm> all_reduce_table();

/// The row of this name; Error naming `who` and the known names.
const Algorithm& find_all_reduce(std::string_view name, std::string_view who);

/// Seconds that a row should take for a problem that it fits; infinity where the vendor decides.
double all_reduce_seconds(const Algorithm& row, const Problem& problem, const CostModel& model);

/// The cheapest row that fits and keeps the order, for a problem of at least two ranks: the same on
/// all ranks, since they agree on both arguments.
const Algorithm& choose_all_reduce(const Problem& problem, const CostModel& model);

}  // namespace tutti
