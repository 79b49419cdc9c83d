#include "plot.h"

#include <algorithm>
#include <cmath>

#include "log_chart.h"
#include "table.h"

namespace tutti::bench {
namespace {

struct Lines {
  std::vector<Curve> curves;

  void add(const std::string& label, const Row& row, double seconds, Curve::Style style) {
    auto known = std::find_if(curves.begin(), curves.end(),
                              [&](const Curve& curve) { return curve.label == label; });
    if (known == curves.end()) known = curves.insert(curves.end(), Curve{label, style, {}});
    const double bytes = static_cast<double>(row.bytes());
    known->points.push_back(
        {bytes, bytes / seconds * 1e-9 * row.collective->bus_factor(row.what.ranks)});
  }
};

bool several(const std::vector<Row>& rows, std::string (*name)(const Row&)) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const Row& row) { return name(row) != name(rows.front()); });
}

}  // namespace

std::string svg_plot(const std::vector<Row>& rows, bool one_algorithm) {
  const bool in_place = rows.front().collective->in_place;
  const bool dtypes = several(rows, dtype_name), ops = several(rows, op_name);
  Lines ours, others;
  const Row* before = nullptr;
  for (const Row& row : rows) {
    if (row.what.in_place != in_place) continue;
    std::string kind;
    if (dtypes) kind += " " + dtype_name(row);
    if (ops) kind += " " + op_name(row);
    if (row.timing)
      ours.add((one_algorithm && row.what.algorithm.empty() ? "tutti" : row.algorithm) + kind, row,
               row.timing->median, Curve::Style::coloured);
    // The floor and the peer are the same for all algorithms of a size.
    const bool same = before && before->bytes() == row.bytes() &&
                      dtype_name(*before) == dtype_name(row) && op_name(*before) == op_name(row);
    before = &row;
    if (same) continue;
    if (row.peer && row.peer->timing)
      others.add(row.peer->name + kind, row, row.peer->timing->median, Curve::Style::black);
    if (row.floor) others.add("floor" + kind, row, *row.floor, Curve::Style::dashed);
  }
  ours.curves.insert(ours.curves.end(), others.curves.begin(), others.curves.end());
  const Row& any = rows.front();
  std::string title = text(any.collective->name, ", ", any.what.ranks, " ranks, ", name(any.memory),
                           " memory, ", in_place ? "in place" : "out of place");
  if (!dtypes) title += ", " + dtype_name(any);
  if (!ops && any.collective->reduces) title += " " + op_name(any);
  return log_log_chart(title, "size (bytes)", "bus bandwidth (GB/s)", ours.curves);
}

}  // namespace tutti::bench
