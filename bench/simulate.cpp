// tutti-bench simulate: all-reduce algorithms on machines that are described, not at hand.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "calibrate.h"
#include "commands.h"
#include "compare.h"
#include "files.h"
#include "options.h"
#include "plain_mpi.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/all_reduce/table.h"
#include "tutti/comm/simulated.h"

namespace tutti::bench {
namespace {

struct SimulateOptions {
  int ranks = 1024;
  std::string topology;
  Sizes sizes{.begin = 8, .end = 64 << 20, .factor = 8};
  std::string algorithm = "all";
  std::string json;
  std::string calibrate;
  bool compare = false;
};

struct SimulatedRow {
  const Algorithm* algorithm;
  bool canonical;
  double seconds;
};

Problem problem_on(const Communicator& c, std::size_t count) {
  return {c.size(), count, Dtype::f32, ReduceOp::sum(), Order::any, c.layout()};
}

// The rows to simulate.
std::vector<const Algorithm*> chosen(std::string_view name) {
  if (name != "all") return {&find_all_reduce(name, "simulate")};
  std::vector<const Algorithm*> rows;
  for (const Algorithm& row : all_reduce_table()) rows.push_back(&row);
  return rows;
}

// With real data, before any time is printed.
void verify(const Topology& topology, int ranks, const Algorithm& row) {
  run_simulated(topology, ranks, [&](Communicator& c) {
    const std::size_t count = 2 * static_cast<std::size_t>(ranks) + 3;
    if (!row.fits(problem_on(c, count))) return;
    const auto value = [](int rank, std::size_t i) {
      return static_cast<float>((static_cast<std::size_t>(rank) + i) % 7);
    };
    std::vector<float> data(count);
    for (std::size_t i = 0; i < count; ++i) data[i] = value(c.rank(), i);
    tutti::all_reduce(c, block_of(data.data(), count), ReduceOp::sum(), {.algorithm = row.name});
    for (std::size_t i = 0; i < count; ++i) {
      float expected = 0;  // whole numbers: exact in any order
      for (int rank = 0; rank < 7 * (ranks / 7); rank += 7) expected += 21;
      for (int rank = 7 * (ranks / 7); rank < ranks; ++rank) expected += value(rank, i);
      if (data[i] != expected)
        raise("simulate: ", row.name, " on rank ", c.rank(), ": found ", data[i], " at ", i,
              ", expected ", expected);
    }
  });
}

// Empty where the row does not fit.
std::optional<SimulatedRow> simulate(const Topology& topology, int ranks, const Algorithm& row,
                                     std::size_t bytes, const Buffer& room) {
  bool fits = true, canonical = false;
  const Simulated result = run_simulated(
      topology, ranks,
      [&](Communicator& c) {
        const Block data{room.data(), bytes / sizeof(float), Dtype::f32, {}};
        const Problem problem = problem_on(c, data.count);
        fits = row.fits(problem);
        if (!fits) return;
        canonical = row.canonical(problem);
        tutti::all_reduce(c, data, ReduceOp::sum(), {.algorithm = row.name});
      },
      Payload::none);
  if (!fits) return std::nullopt;
  return SimulatedRow{&row, canonical, result.seconds};
}

nlohmann::json print_size(const SimulateOptions& options, std::size_t bytes,
                          std::span<const SimulatedRow> rows) {
  nlohmann::json all = nlohmann::json::array();
  const auto faster = [](const SimulatedRow& a, const SimulatedRow& b) {
    return a.seconds < b.seconds;
  };
  const auto best = std::ranges::min_element(rows, faster);
  const double ranks = options.ranks;
  for (const SimulatedRow& row : rows) {
    const double algbw = static_cast<double>(bytes) / row.seconds * 1e-9;
    const double busbw = algbw * 2 * (ranks - 1) / ranks;
    std::printf("%12zu  %-20s %-9s %14.2f %10.3f %10.3f  %s\n", bytes,
                std::string(row.algorithm->name).c_str(), row.canonical ? "canonical" : "any",
                row.seconds * 1e6, algbw, busbw, &row == &*best ? "best" : "");
    all.push_back({{"collective", "all_reduce"},
                   {"algorithm", row.algorithm->name},
                   {"topology", options.topology},
                   {"memory", "heap"},
                   {"dtype", "f32"},
                   {"op", "sum"},
                   {"ranks", options.ranks},
                   {"bytes", bytes},
                   {"in_place", true},
                   {"canonical", row.canonical},
                   {"time_us", row.seconds * 1e6},
                   {"algbw", algbw},
                   {"busbw", busbw},
                   {"best", &row == &*best}});
  }
  std::fflush(stdout);
  return all;
}

// Called by one rank.
void print_table(const SimulateOptions& options, const Topology& topology) {
  const auto rows = chosen(options.algorithm);
  for (const Algorithm* row : rows) verify(topology, options.ranks, *row);
  std::printf("# all_reduce of f32, sum, in place, on %d simulated ranks of %s; results verified\n",
              options.ranks, options.topology.c_str());
  std::printf("#%11s  %-20s %-9s %14s %10s %10s\n", "bytes", "algorithm", "order", "time (us)",
              "algbw GB/s", "busbw GB/s");
  nlohmann::json all = nlohmann::json::array();
  const std::vector<std::size_t> sizes = options.sizes.all();
  const Buffer room = phantom_buffer(sizes.back());
  for (std::size_t bytes : sizes) {
    std::vector<SimulatedRow> times;
    for (const Algorithm* row : rows)
      if (auto time = simulate(topology, options.ranks, *row, bytes, room)) times.push_back(*time);
    if (times.empty())
      raise("simulate: found no algorithm that fits ", bytes,
            " bytes, expected one that needs no shared memory; try --algorithm all");
    for (auto& row : print_size(options, bytes, times)) all.push_back(std::move(row));
  }
  if (!options.json.empty()) write_file(options.json, all.dump(1) + "\n");
}

void run_simulate(const Communicator& world, const SimulateOptions& options) {
  require_consistent(options.sizes, sizeof(float));
  const bool measures = !options.calibrate.empty() || options.compare;
  if (measures && world.size() < 2)
    raise("simulate: found 1 rank, expected 2 or more; start it by mpirun -np 2");
  require_writable(world, {options.json, options.calibrate});
  if (!options.calibrate.empty())
    return with_plain_mpi(
        [&](Communicator& plain) { calibrate(plain, options.calibrate, options.sizes.all()); });
  if (options.topology.empty())
    raise("simulate: found no --topology FILE, expected one; bench/topologies has samples");
  const Topology topology = Topology::from_file(options.topology);
  topology.require_fit(options.compare ? world.size() : options.ranks);
  if (options.compare)
    with_plain_mpi([&](Communicator& plain) { compare(plain, topology, options.sizes.all()); });
  else if (world.rank() == 0)
    print_table(options, topology);
}

}  // namespace

void add_simulate(CLI::App& app, const Communicator& world) {
  CLI::App* command = app.add_subcommand(
      "simulate", "time all-reduce algorithms on a described machine, in virtual time");
  command->footer("As in: tutti-bench simulate --ranks 1024 --topology FILE");
  auto options = std::make_shared<SimulateOptions>();
  CLI::Option* topology =
      command->add_option("--topology", options->topology, "JSON file; see bench/topologies")
          ->check(CLI::ExistingFile);
  command->add_option("--ranks", options->ranks, "how many")
      ->check(CLI::Range(2, 1 << 20))
      ->capture_default_str();
  add_sizes(*command, options->sizes);
  command->add_option("--algorithm", options->algorithm, "a name, or all")->capture_default_str();
  CLI::Option* json = command->add_option("--json", options->json, "write the rows to this file")
                          ->type_name("FILE");
  CLI::Option* calibrate =
      command
          ->add_option("--calibrate", options->calibrate,
                       "under mpirun: measure this machine, write its topology to this file")
          ->type_name("FILE")
          ->excludes(json);
  command
      ->add_flag("--compare", options->compare,
                 "under mpirun: print what is predicted beside what is measured")
      ->needs(topology)
      ->excludes(calibrate)
      ->excludes(json);
  command->callback([&world, options] { run_simulate(world, *options); });
}

}  // namespace tutti::bench
