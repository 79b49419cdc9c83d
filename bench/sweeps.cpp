#include "sweeps.h"

#include <algorithm>

namespace tutti::bench {
namespace {

// How well we did.
double score(const Row& row) {
  return row.ratio() ? *row.ratio() : 1 / row.timing->median;
}

}  // namespace

Row median_row(std::vector<Row> rows) {
  std::uint64_t wrong = 0;
  for (const Row& row : rows) wrong += row.wrong;
  auto median = std::ranges::find_if(rows, [](const Row& row) { return !is_right(row); });
  if (median == rows.end()) {
    median = rows.begin() + static_cast<std::ptrdiff_t>((rows.size() - 1) / 2);
    std::ranges::nth_element(rows, median, {}, score);
  }
  median->wrong = wrong;
  return *median;
}

std::vector<Line> median_lines(std::span<const std::vector<Line>> sweeps) {
  std::vector<Line> lines = sweeps.front();
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (std::size_t k = 0; k < lines[i].size(); ++k) {
      std::vector<Row> rows;
      for (const std::vector<Line>& sweep : sweeps) rows.push_back(sweep.at(i).at(k));
      lines[i][k] = median_row(std::move(rows));
    }
  return lines;
}

}  // namespace tutti::bench
