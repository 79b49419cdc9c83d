// A collective's subcommand: options, measurement, table, files.
#include <algorithm>
#include <iostream>
#include <memory>

#include "buffers.h"
#include "commands.h"
#include "files.h"
#include "json.h"
#include "plot.h"
#include "sweeps.h"
#include "table.h"

namespace tutti::bench {
namespace {

std::vector<Row> measured_rows(Communicator& world, const Collective& collective,
                               const Options& options, Table& table) {
  const auto show = [&](const Places& places) {
    for (const Line& line : lines_of(places)) table.show(line);
  };
  std::vector<std::vector<Places>> sweeps;
  for (int sweep = 1; sweep <= options.sweeps; ++sweep) {
    if (options.sweeps > 1) table.note(text("Sweep ", sweep, " of ", options.sweeps));
    // On memory of its own: by which pages it gets, some sizes are faster or slower by a third.
    Communicator ranks = world.duplicate();
    sweeps.push_back(run_benchmark(ranks, collective, options, show));
  }
  const std::vector<Places> cases = median_cases(sweeps);
  if (options.sweeps > 1) {
    table.note(text("Each size and place from the sweep with the median ",
                    options.vs_mpi                  ? "ratio to MPI's time"
                    : options.algorithms.size() > 1 ? "ratio to the fastest algorithm's time"
                                                    : "time"));
    std::ranges::for_each(cases, show);
  }
  std::vector<Row> rows;
  for (const Places& places : cases)
    for (const Line& line : lines_of(places)) rows.insert(rows.end(), line.begin(), line.end());
  return rows;
}

void write_files(const Options& options, const std::vector<Row>& rows) {
  if (!options.json.empty()) write_file(options.json, to_json(rows).dump(1) + "\n");
  if (!options.plot.empty())
    write_file(options.plot, svg_plot(rows, options.algorithms.size() == 1));
}

}  // namespace

void add_collective(CLI::App& app, Communicator& world, const Collective& collective, bool& wrong) {
  CLI::App* command =
      app.add_subcommand(std::string(collective.name), std::string(collective.about));
  command->footer(text("As in: mpirun -np 2 tutti-bench ", collective.name,
                       collective.sized ? " -b 8 -e 256M -f 2" : "", " --vs mpi"));
  auto options = std::make_shared<Options>();
  add_options(*command, collective, world.size(), *options);
  command->callback([&world, &collective, &wrong, options] {
    require_consistent(*options);
    require_writable(world, {options->json, options->plot});
    options->memory = found_memory(world, options->memory);
    const bool speaks = world.rank() == 0;
    std::ostream nowhere(nullptr);
    Table table(speaks ? std::cout : nowhere, world, collective, *options);
    const std::vector<Row> rows = measured_rows(world, collective, *options, table);
    table.end(rows);
    if (speaks) write_files(*options, rows);
    wrong = wrong || !std::ranges::all_of(rows, is_right);
  });
}

}  // namespace tutti::bench
