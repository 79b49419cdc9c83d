// The ops subcommand: each op beside the least that its bytes and operations can take.
#include <fnmatch.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "files.h"
#include "op_row.h"
#include "options.h"
#include "tutti/base/parallel_for.h"

namespace tutti::bench {
namespace {

struct OpsOptions {
  std::string pattern = "*", json;
  int runs = 21;
};

void show_head(const Roofline& roofline, int runs) {
  std::printf("# tutti-bench ops: medians of %d runs, f32, one thread, rank 0 alone\n", runs);
  std::printf("# memory carries %.1f GB/s; products reach", roofline.bandwidth * 1e-9);
  for (const auto& [library, rate] : roofline.sgemm)
    std::printf("%s %.1f GFLOP/s (%s)", library == roofline.sgemm.front().library ? "" : ",",
                rate * 1e-9, library.c_str());
  std::printf("\n#%-21s%12s%12s%10s%10s%10s%7s  %s\n", "op", "forward ms", "backward ms", "MB",
              "MFLOP", "roof ms", "roof %", "shapes");
}

void show(const OpRow& row, const Roofline& roofline) {
  const OpCost total = row.total();
  const double roof = row.roof_seconds(roofline);
  std::printf("%-22s%12.4f", row.op.c_str(), 1e3 * row.forward.seconds);
  row.backward ? std::printf("%12.4f", 1e3 * row.backward->seconds) : std::printf("%12s", "-");
  std::printf("%10.3f%10.2f%10.4f%7.0f  %s\n", total.bytes * 1e-6, total.operations * 1e-6,
              1e3 * roof, 100 * roof / total.seconds, row.shapes.c_str());
  std::fflush(stdout);
}

nlohmann::ordered_json to_json(const OpRow& row, const Roofline& roofline) {
  const auto pass = [&](const OpCost& cost) {
    return nlohmann::ordered_json{{"ms", 1e3 * cost.seconds},
                                  {"bytes", cost.bytes},
                                  {"operations", cost.operations},
                                  {"roof_ms", 1e3 * roofline.seconds(cost.bytes, cost.operations)}};
  };
  return {{"op", row.op},
          {"shapes", row.shapes},
          {"forward", pass(row.forward)},
          {"backward", row.backward ? pass(*row.backward) : nlohmann::ordered_json()},
          {"roof_share", row.roof_seconds(roofline) / row.total().seconds}};
}

/// The cases of both tables whose names match.
struct Chosen {
  std::vector<const OpCase*> ops;
  std::vector<const UpdateCase*> updates;
};

Chosen choose(const std::string& pattern) {
  Chosen chosen;
  std::vector<std::string> names;
  const auto take = [&](const auto& cases, auto& to) {
    for (const auto& each : cases) {
      const std::string name(each.op);
      if (fnmatch(pattern.c_str(), name.c_str(), 0) == 0) to.push_back(&each);
      if (std::ranges::count(names, name) == 0) names.push_back(name);
    }
  };
  take(op_cases(), chosen.ops);
  take(update_cases(), chosen.updates);
  std::string listed;
  for (const std::string& name : names) listed += (listed.empty() ? "" : "; ") + name;
  if (chosen.ops.empty() && chosen.updates.empty())
    raise("tutti-bench: found no op that matches --ops ", pattern, ", expected one of ", listed);
  return chosen;
}

void run_ops(const OpsOptions& options) {
  const Chosen chosen = choose(options.pattern);
  set_thread_count(1);
  const Roofline roofline = measure_roofline(std::min(options.runs, 11));
  show_head(roofline, options.runs);
  auto rows = nlohmann::ordered_json::array();
  const auto take = [&](const auto& cases) {
    for (const auto* each : cases) {
      const OpRow row = measure(*each, options.runs);
      show(row, roofline);
      rows.push_back(to_json(row, roofline));
    }
  };
  take(chosen.ops);
  take(chosen.updates);
  if (options.json.empty()) return;
  nlohmann::ordered_json rates;
  for (const auto& [library, rate] : roofline.sgemm) rates[library] = rate;
  const nlohmann::ordered_json all{
      {"bandwidth", roofline.bandwidth}, {"sgemm", rates}, {"rows", rows}};
  write_file(options.json, all.dump(1) + "\n");
}

}  // namespace

void add_ops(CLI::App& app, const Communicator& world) {
  CLI::App* command =
      app.add_subcommand("ops", "each op's forward and backward beside their roofline");
  command->footer("As in: tutti-bench ops --ops 'conv2d*'");
  auto options = std::make_shared<OpsOptions>();
  command->add_option("--ops", options->pattern, "those whose names match, with * for any text")
      ->type_name("PATTERN");
  command->add_option("--runs", options->runs, "timed calls of each")
      ->check(at_least(1))
      ->capture_default_str();
  command->add_option("--json", options->json, "write the rows to this file")->type_name("FILE");
  command->callback([&world, options] {
    require_writable(world, {options->json});
    if (world.rank() == 0) run_ops(*options);
  });
}

}  // namespace tutti::bench
