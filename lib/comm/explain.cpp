#include "comm/explain.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "comm/environment.h"
#include "tutti/comm/all_reduce/table.h"

namespace tutti {
namespace {

std::string size_text(std::size_t bytes) {
  if (bytes >= 1 << 20) return text(bytes >> 20, " MiB");
  if (bytes >= 1 << 10) return text(bytes >> 10, " KiB");
  return text(bytes, " B");
}

std::string padded(const std::string& value, int width) {
  char room[64];
  std::snprintf(room, sizeof room, "%*s", width, value.c_str());
  return room;
}

std::string microseconds(double seconds) {
  char room[32];
  std::snprintf(room, sizeof room, "%.*f", seconds < 1e-4 ? 2 : 0, seconds * 1e6);
  return room;
}

std::string from_text(std::size_t bytes) {
  return bytes > std::size_t{1} << 40 ? "never" : text("from ", size_text(bytes));
}

constexpr std::size_t most_bytes = std::size_t{256} << 20;

Problem problem_of(const Communicator& communicator, std::size_t bytes, Memory memory,
                   Order order) {
  return {communicator.size(),   bytes / 4, Dtype::f32, ReduceOp::sum(), order,
          communicator.layout(), memory};
}

bool fits_somewhere(const Communicator& communicator, const Algorithm& row) {
  for (std::size_t bytes = 8; bytes <= most_bytes; bytes *= 8)
    for (Memory memory : {Memory::heap, Memory::symmetric})
      if (row.fits(problem_of(communicator, bytes, memory, Order::any))) return true;
  return false;
}

// One line per size: predicted microseconds of every row, the chosen one marked.
std::string table(const Communicator& communicator, Memory memory, Order order) {
  const CostModel& model = communicator.cost_model();
  std::string lines =
      text("  f32 in ", memory == Memory::heap ? "ordinary" : "symmetric", " memory, order ",
           order == Order::any ? "any" : "canonical", ", predicted microseconds:\n");
  for (std::size_t bytes = 8; bytes <= most_bytes; bytes *= 8) {
    const Problem problem = problem_of(communicator, bytes, memory, order);
    const Algorithm& chosen = choose_all_reduce(problem, model);
    lines += "  " + padded(size_text(bytes), 9) + "  -> " + text(chosen.name) + "  (";
    std::string_view separator = "";
    for (const Algorithm& row : all_reduce_table()) {
      if (!row.fits(problem) || !row.steps) continue;
      const bool barred = order == Order::canonical && !row.canonical(problem) && &row != &chosen;
      lines +=
          text(separator, row.name, " ",
               barred ? "not canonical" : microseconds(all_reduce_seconds(row, problem, model)));
      separator = ", ";
    }
    lines += ")\n";
  }
  return lines;
}

}  // namespace

int forced_algorithm() {
  const char* name = std::getenv(algorithm_variable);
  if (!name || *name == '\0') return -1;
  return static_cast<int>(&find_all_reduce(name, algorithm_variable) - all_reduce_table().data());
}

bool explains() {
  return is_set(explain_variable);
}

std::string explanation(const Communicator& communicator) {
  const CostModel& model = communicator.cost_model();
  const Layout& layout = communicator.layout();
  if (communicator.size() == 1)
    return "tutti: all_reduce of 1 rank copies its input; there is nothing to choose\n";
  std::string lines =
      text("tutti: all_reduce of ", communicator.size(), " ranks on ", layout.nodes,
           layout.nodes == 1 ? " node" : " nodes", " over ", communicator.transport().name(),
           "; costs ", model.measured() ? "measured at start-up" : "assumed", "\n");
  if (model.forced >= 0)
    lines += text("  TUTTI_ALGORITHM=", all_reduce_table()[model.forced].name,
                  fits_somewhere(communicator, all_reduce_table()[model.forced])
                      ? " is taken wherever it fits\n"
                      : " fits nowhere here, and has no effect\n");
  lines += text(
      "  stores of direct in place past the caches: ", from_text(model.direct_streams_from), "\n");
  lines +=
      text("  rounding: ", static_cast<int>(model.rounding.f16 * 1e12), " ps a f16, ",
           static_cast<int>(model.rounding.bf16 * 1e12), " a bf16, beyond f32 of as many bytes\n");
  for (Medium medium :
       {Medium::messages, Medium::slots, Medium::rooms, Medium::symmetric, Medium::cross_memory}) {
    constexpr std::string_view names[] = {"messages", "slots", "rooms", "symmetric",
                                          "cross_memory"};
    lines +=
        text("  ", names[static_cast<int>(medium)],
             model[medium].measured ? ": " : ", assumed: ", microseconds(model[medium].per_step),
             " us a step; ns per KiB at");
    for (std::size_t k = 1; k < cost_classes.size(); ++k)
      lines += text(" ", size_text(cost_classes[k]), ": ",
                    static_cast<int>(model[medium].moving[k] /
                                     static_cast<double>(cost_classes[k]) * 1024e9));
    lines += "\n";
  }
  if (layout.shared && (layout.nodes == 1 || layout.per_node > 1))
    lines += table(communicator, Memory::symmetric, Order::canonical);
  lines += table(communicator, Memory::heap, Order::canonical);
  if (!(layout.shared && layout.nodes == 1)) lines += table(communicator, Memory::heap, Order::any);
  return lines;
}

}  // namespace tutti
