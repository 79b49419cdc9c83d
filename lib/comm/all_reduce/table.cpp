#include "tutti/comm/all_reduce/table.h"

#include <limits>

#include "tutti/comm/all_reduce/binomial_tree.h"
#include "tutti/comm/all_reduce/cross_memory.h"
#include "tutti/comm/all_reduce/direct.h"
#include "tutti/comm/all_reduce/double_tree.h"
#include "tutti/comm/all_reduce/halving_doubling.h"
#include "tutti/comm/all_reduce/hierarchical.h"
#include "tutti/comm/all_reduce/one_shot.h"
#include "tutti/comm/all_reduce/recursive_doubling.h"
#include "tutti/comm/all_reduce/ring.h"
#include "tutti/comm/all_reduce/staged.h"
#include "tutti/comm/all_reduce/vendor.h"

namespace tutti {
namespace {

// One line each.
// clang-format off
constexpr Algorithm table[] = {
    algorithms::one_shot,
    algorithms::direct,
    algorithms::staged,
    algorithms::cross_memory,
    algorithms::hierarchical,
    algorithms::recursive_doubling,
    algorithms::halving_doubling,
    algorithms::binomial_tree,
    algorithms::double_tree,
    algorithms::ring,
    algorithms::vendor,
};
// clang-format on

double rounding_seconds(const Algorithm& row, const Problem& problem, const RoundingCost& cost) {
  if (problem.dtype != Dtype::f16 && problem.dtype != Dtype::bf16) return 0;
  const std::size_t rounds = row.rounds ? row.rounds(problem) : problem.count;
  return static_cast<double>(rounds) * (problem.dtype == Dtype::f16 ? cost.f16 : cost.bf16);
}

}  // namespace

std::span<const Algorithm> all_reduce_table() {
  return table;
}

const Algorithm& find_all_reduce(std::string_view name, std::string_view who) {
  for (const Algorithm& row : table)
    if (row.name == name) return row;
  std::string known;
  for (const Algorithm& row : table) known += text(" ", row.name);
  raise(who, ": found algorithm \"", name, "\", expected one of", known);
}

double all_reduce_seconds(const Algorithm& row, const Problem& problem, const CostModel& model) {
  // What the vendor's library does is unknown: it is taken when it is asked for.
  if (!row.steps) return std::numeric_limits<double>::infinity();
  const double seconds = row.seconds
                             ? row.seconds(problem, model)
                             : model[row.medium].seconds(row.steps(problem), row.bytes(problem));
  return seconds + rounding_seconds(row, problem, model.rounding);
}

const Algorithm& choose_all_reduce(const Problem& problem, const CostModel& model) {
  const auto allowed = [&](const Algorithm& row) {
    return row.fits(problem) && (problem.order == Order::any || row.canonical(problem));
  };
  if (model.forced >= 0 && table[model.forced].fits(problem)) return table[model.forced];
  const Algorithm* best = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const Algorithm& row : table) {
    if (!allowed(row)) continue;
    const double seconds = all_reduce_seconds(row, problem, model);
    if (best && seconds >= least) continue;
    best = &row;
    least = seconds;
  }
  return *best;
}

}  // namespace tutti
