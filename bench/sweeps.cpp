#include "sweeps.h"

#include <algorithm>

namespace tutti::bench {
namespace {

// How well we did, by ratio, and where that is equal by time; 0 where a result was wrong.
std::pair<double, double> score(const std::vector<Row>& rows) {
  const auto chosen = std::ranges::find_if(rows, &Row::chosen);
  const Row& row = chosen != rows.end() ? *chosen : rows.front();
  if (!row.timing || (row.peer && !row.ratio())) return {0, 0};
  const double seconds = row.timing->median;
  if (row.ratio()) return {*row.ratio(), 1 / seconds};
  double least = seconds;
  for (const Row& other : rows)
    if (other.timing) least = std::min(least, other.timing->median);
  return {least / seconds, 1 / seconds};
}

bool same_case(const Row& a, const Row& b) {
  return a.algorithm == b.algorithm && a.what.count == b.what.count &&
         a.what.dtype == b.what.dtype && a.what.op.kind == b.what.op.kind &&
         a.what.in_place == b.what.in_place;
}

}  // namespace

std::vector<Row> median_rows(std::vector<std::vector<Row>> sweeps) {
  for (const std::vector<Row>& sweep : sweeps)
    if (sweep.empty() || !std::ranges::equal(sweep, sweeps.front(), same_case))
      raise("tutti-bench: found ", sweep.size(), " rows in one sweep and ", sweeps.front().size(),
            " in another, expected the same algorithms, sizes and dtypes in all; this is an error ",
            "of the bench itself");
  const auto median = sweeps.begin() + static_cast<std::ptrdiff_t>((sweeps.size() - 1) / 2);
  std::ranges::nth_element(sweeps, median, {}, score);
  std::vector<Row> rows = *median;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Row& row = rows[i];
    row.wrong = 0;
    for (const std::vector<Row>& sweep : sweeps) {
      row.wrong += sweep[i].wrong;
      if (row.peer && !sweep[i].peer->timing) row.peer->timing.reset();
    }
    if (row.wrong > 0) row.timing.reset();
  }
  return rows;
}

std::vector<Places> median_cases(std::span<const std::vector<Places>> sweeps) {
  std::vector<Places> cases = sweeps.front();
  for (std::size_t i = 0; i < cases.size(); ++i)
    for (std::size_t place = 0; place < cases[i].size(); ++place) {
      std::vector<std::vector<Row>> of_case;
      for (const std::vector<Places>& sweep : sweeps) of_case.push_back(sweep.at(i).at(place));
      cases[i][place] = median_rows(std::move(of_case));
    }
  return cases;
}

}  // namespace tutti::bench
