#include "table.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>

namespace tutti::bench {
namespace {

// Four digits that matter.
std::string number(std::optional<double> value, int decimals = 2) {
  if (!value) return "-";
  std::ostringstream out;
  if (*value >= 1000) decimals = 0;
  out << std::fixed << std::setprecision(decimals) << *value;
  return out.str();
}

void show_times(std::ostream& out, const Row& row) {
  const auto cell = [&](int width, const std::string& text) { out << std::setw(width) << text; };
  const bool timed = row.timing.has_value();
  cell(10, timed ? number(row.time_us()) : "-");
  cell(10, timed ? number(row.timing->p99 * 1e6) : "-");
  cell(8, timed ? number(row.algbw()) : "-");
  cell(8, timed ? number(row.busbw()) : "-");
  cell(8, std::to_string(row.wrong));
}

template <class Value>
void show_each(std::ostream& out, int width, const Line& line, const Value& value,
               int decimals = 2) {
  for (const Row& row : line) out << std::setw(width) << number(value(row), decimals);
}

// Whether this rank may run on several cores, of which there are enough for every rank of its node.
bool is_unbound(const Communicator& world) {
  cpu_set_t cores;
  return sched_getaffinity(0, sizeof cores, &cores) == 0 && CPU_COUNT(&cores) > 1 &&
         world.local_size() > 1 && world.local_size() <= CPU_COUNT(&cores);
}

}  // namespace

std::string op_name(const Row& row) {
  return row.collective->reduces ? text(row.what.op) : "none";
}

std::string dtype_name(const Row& row) {
  return row.collective->sized ? text(row.what.dtype) : "none";
}

Table::Table(std::ostream& out, const Communicator& world, const Collective& collective,
             const Options& options)
    : out_(out), collective_(collective), options_(options) {
  const int nodes = world.layout().nodes;
  out << "# tutti-bench " << collective.name << ": " << world.size() << " ranks on " << nodes
      << (nodes == 1 ? " node" : " nodes");
  if (collective.sized) out << ", memory " << name(options.memory);
  if (options.vs_mpi) out << ", vs " << MpiPeer::version();
  if (options.vs_mpi) out << "\n# MPI as it runs here: " << MpiPeer::settings();
  if (is_unbound(world))
    out << "\n# Ranks are not bound to cores: where two share one, all takes far longer. "
           "mpirun --bind-to core binds them.";
  out << "\n# Times are medians and 99th percentiles of batches, of the slowest rank; 1 GB is 10^9 "
         "bytes.\n";
  std::vector<const char*> places;
  if (collective.out_of_place) places.push_back("out");
  if (collective.in_place) places.push_back("in");

  std::ostringstream first, second, third;
  const auto cell = [&](int width, const char* a, const char* b, const char* c) {
    first << std::setw(width) << a;
    second << std::setw(width) << b;
    third << std::setw(width) << c;
  };
  cell(11, "", "size", "(B)");
  cell(13, "", "count", "(elements)");
  cell(6, "", "type", "");
  cell(9, "", "redop", "");
  for (const char* place : places) {
    cell(10, "", "time", "(us)");
    cell(10, "", "p99", "(us)");
    cell(8, *place == 'o' ? "out of" : "in", "algbw", "(GB/s)");
    cell(8, " place  ", "busbw", "(GB/s)");
    cell(8, "", "#wrong", "");
  }
  cell(20, "", "algorithm", "");
  for (const char* place : places) cell(8, "floor", place, "(%)");
  if (options.vs_mpi) {
    for (const char* place : places) cell(10, "mpi", place, "(us)");
    for (const char* place : places) cell(8, "ratio", place, "");
  }
  for (const std::string& head : {first.str(), second.str(), third.str()})
    out << '#' << head << '\n';
  out << std::flush;
}

void Table::show(const Line& line) {
  const Row& any = line.front();
  out_ << std::setw(12) << any.bytes() << std::setw(13) << (collective_.sized ? any.what.count : 0)
       << std::setw(6) << dtype_name(any) << std::setw(9) << op_name(any);
  for (const Row& row : line) show_times(out_, row);
  // Among several algorithms, the star marks the one that would be chosen.
  out_ << std::setw(20)
       << any.algorithm + (any.chosen && options_.algorithms.size() > 1 ? "*" : "");
  show_each(
      out_, 8, line, [](const Row& row) { return row.floor_percent(); }, 1);
  if (options_.vs_mpi) {
    show_each(out_, 10, line, [](const Row& row) { return row.peer_time_us(); });
    show_each(out_, 8, line, [](const Row& row) { return row.ratio(); });
  }
  out_ << std::endl;
}

void Table::note(std::string_view what) {
  out_ << "# " << what << std::endl;
}

void Table::end(const std::vector<Row>& rows) {
  std::uint64_t wrong = 0;
  std::size_t peers = 0;
  for (const Row& row : rows) {
    wrong += row.wrong;
    if (row.peer && !row.peer->timing) ++peers;
  }
  out_ << "# Wrong values: " << wrong << (wrong == 0 ? " OK" : " FAILED") << '\n';
  if (peers > 0) out_ << "# MPI's results that were wrong: in " << peers << " rows\n";
  for (const bool in_place : {false, true}) {
    std::vector<double> ratios;
    double logs = 0;
    for (const Row& row : rows) {
      if (row.what.in_place != in_place || !row.ratio()) continue;
      ratios.push_back(*row.ratio());
      logs += std::log(ratios.back());
    }
    if (ratios.empty()) continue;
    out_ << "# MPI's time over ours, " << (in_place ? "in place" : "out of place")
         << ": geometric mean " << number(std::exp(logs / static_cast<double>(ratios.size())))
         << ", least " << number(std::ranges::min(ratios)) << '\n';
  }
  out_ << std::flush;
}

}  // namespace tutti::bench
