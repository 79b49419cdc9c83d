#include "op_times.h"

#include <algorithm>
#include <iomanip>
#include <ostream>

namespace tutti::bench {

void OpTimes::begin(std::string_view, Pass) {
  begun_.push_back(Clock::now());
}

void OpTimes::end(std::string_view op, Pass pass, std::span<const Tensor>, const Node*) {
  const std::chrono::duration<double> spent = Clock::now() - begun_.back();
  begun_.pop_back();
  if (!begun_.empty()) return;
  auto found = rows_.find(op);
  if (found == rows_.end()) found = rows_.emplace(op, Row{std::string(op)}).first;
  Row& row = found->second;
  row.calls += pass == Pass::forward;
  (pass == Pass::forward ? row.forward : row.backward) += spent.count();
}

std::vector<OpTimes::Row> OpTimes::rows() const {
  std::vector<Row> rows;
  for (const auto& [name, row] : rows_) rows.push_back(row);
  std::ranges::sort(rows, std::greater(),
                    [](const Row& row) { return row.forward + row.backward; });
  return rows;
}

void OpTimes::print(std::ostream& out, int steps, double seconds) const {
  const double per_step = 1e3 / steps;
  double sum = 0;
  out << std::fixed << std::setprecision(3);
  out << "  op                     calls   forward  backward   share\n";
  const auto line = [&](const std::string& name, double calls, double forward, double backward) {
    out << "  " << std::left << std::setw(20) << name << std::right << std::setw(8)
        << std::setprecision(0) << calls << std::setprecision(3) << std::setw(10)
        << forward * per_step << std::setw(10) << backward * per_step << std::setw(7)
        << std::setprecision(0) << 100 * (forward + backward) / seconds << "%\n";
  };
  for (const Row& row : rows()) {
    line(row.op, static_cast<double>(row.calls) / steps, row.forward, row.backward);
    sum += row.forward + row.backward;
  }
  line("the rest", 0, seconds - sum, 0);
  out << "  milliseconds a step, of " << std::setprecision(3) << seconds * per_step << '\n';
}

}  // namespace tutti::bench
