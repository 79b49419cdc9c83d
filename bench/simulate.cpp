// tutti-bench simulate: all-reduce algorithms on machines that are described, not at hand.
#include <algorithm>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "calibrate.h"
#include "simulate.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/all_reduce/table.h"
#include "tutti/comm/simulated.h"

namespace {

using namespace tutti;

struct Options {
  int ranks = 1024;
  std::string topology;
  std::uint64_t begin = 8, end = 64 << 20, factor = 8;
  std::string algorithm = "all";
  std::string json;
  std::string calibrate;
  bool compare = false;
};

struct Row {
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
    all_reduce(c, block_of(data.data(), count), ReduceOp::sum(), {.algorithm = row.name});
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
std::optional<Row> simulate(const Topology& topology, int ranks, const Algorithm& row,
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
        all_reduce(c, data, ReduceOp::sum(), {.algorithm = row.name});
      },
      Payload::none);
  if (!fits) return std::nullopt;
  return Row{&row, canonical, result.seconds};
}

nlohmann::json print_size(const Options& options, std::size_t bytes, std::span<const Row> rows) {
  nlohmann::json all = nlohmann::json::array();
  const auto faster = [](const Row& a, const Row& b) { return a.seconds < b.seconds; };
  const auto best = std::ranges::min_element(rows, faster);
  const double ranks = options.ranks;
  for (const Row& row : rows) {
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

std::vector<std::size_t> sizes_of(const Options& options) {
  if (options.begin < sizeof(float) || options.begin > options.end || options.factor < 2)
    raise("simulate: found sizes from ", options.begin, " to ", options.end, " by ", options.factor,
          ", expected 4 bytes or more and a factor of 2 or more");
  std::vector<std::size_t> sizes;
  for (std::uint64_t bytes = options.begin; bytes <= options.end; bytes *= options.factor)
    sizes.push_back(bytes);
  return sizes;
}

void print_table(const Options& options, const std::vector<std::size_t>& sizes) {
  const Topology topology = Topology::from_file(options.topology);
  topology.require_fit(options.ranks);
  const auto rows = chosen(options.algorithm);
  for (const Algorithm* row : rows) verify(topology, options.ranks, *row);
  std::printf("# all_reduce of f32, sum, in place, on %d simulated ranks of %s; results verified\n",
              options.ranks, options.topology.c_str());
  std::printf("#%11s  %-20s %-9s %14s %10s %10s\n", "bytes", "algorithm", "order", "time (us)",
              "algbw GB/s", "busbw GB/s");
  nlohmann::json all = nlohmann::json::array();
  const Buffer room = phantom_buffer(sizes.back());
  for (std::size_t bytes : sizes) {
    std::vector<Row> times;
    for (const Algorithm* row : rows)
      if (auto time = simulate(topology, options.ranks, *row, bytes, room)) times.push_back(*time);
    if (times.empty())
      raise("simulate: found no algorithm that fits ", bytes,
            " bytes, expected one that needs no shared memory; try --algorithm all");
    for (auto& row : print_size(options, bytes, times)) all.push_back(std::move(row));
  }
  if (options.json.empty()) return;
  std::ofstream file(options.json);
  file << all.dump(1) << '\n';
  if (!file.flush()) raise("simulate: could not write ", options.json);
}

void run_simulate(const Options& options) {
  const auto sizes = sizes_of(options);
  int code = 0;
  if (!options.calibrate.empty())
    code = calibrate(options.calibrate, sizes);
  else if (options.compare)
    code = compare_with_prediction(options.topology, sizes);
  else if (options.topology.empty())
    raise("simulate: found no --topology FILE, expected one; bench/topologies has samples");
  else
    print_table(options, sizes);
  if (code != 0) throw CLI::RuntimeError(code);
}

}  // namespace

void add_simulate(CLI::App& app) {
  auto* command = app.add_subcommand(
      "simulate", "time all-reduce algorithms on a described machine, in virtual time");
  auto options = std::make_shared<Options>();
  command->option_defaults()->always_capture_default();
  auto* topology =
      command->add_option("--topology", options->topology, "JSON file; see bench/topologies")
          ->check(CLI::ExistingFile);
  command->add_option("--ranks", options->ranks, "how many")->check(CLI::Range(2, 1 << 20));
  command->add_option("-b,--minbytes", options->begin, "smallest size")
      ->transform(CLI::AsSizeValue(false));
  command->add_option("-e,--maxbytes", options->end, "largest size")
      ->transform(CLI::AsSizeValue(false));
  command->add_option("-f,--stepfactor", options->factor, "from one size to the next");
  command->add_option("--algorithm", options->algorithm, "a name, or all");
  command->add_option("--json", options->json, "also write the rows to this file");
  command->add_option("--calibrate", options->calibrate,
                      "under mpirun: measure this machine, write its topology to this file");
  command
      ->add_flag("--compare", options->compare,
                 "under mpirun: print what is predicted beside what is measured")
      ->needs(topology);
  command->callback([options] { run_simulate(*options); });
}
