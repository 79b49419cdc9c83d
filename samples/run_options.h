// The options of all samples that train in shards.
#pragma once

#include <cstdint>
#include <string>

#include "model_file.h"
#include "options.h"

namespace samples {

struct RunOptions {
  std::int64_t shards = 0;
  std::uint64_t seed = 1;
  ModelFiles files;
  std::string plot, device = "auto";
};

inline void add_run_options(CLI::App& app, RunOptions& options) {
  add_number(app, "--shards", options.shards, 0, "shards per step (0: one per rank)");
  add_number(app, "--seed", options.seed, 0, "of all that is drawn at random");
  add_model_files(app, options.files);
  app.add_option("--plot", options.plot, "SVG file for curves of the run");
  app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
}

}  // namespace samples
