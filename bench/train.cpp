// The train subcommand: what a step of training takes, by the recipe of bench/peers/pytorch.py.
#include <sys/resource.h>

#include <iostream>
#include <memory>

#include "commands.h"
#include "files.h"
#include "options.h"
#include "samples/svg.h"
#include "train_report.h"

namespace tutti::bench {
namespace {

std::uint64_t peak_resident_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) << 10;
}

void draw(const std::string& path, const TrainReport& report) {
  std::vector<std::pair<double, double>> points;
  for (double seconds : report.trained.seconds)
    points.emplace_back(static_cast<double>(points.size() + 1), 1e3 * seconds);
  samples::Svg svg(640, 300);
  svg.curve({70, 30, 540, 230}, report.model + ": milliseconds of each step", points);
  svg.write(path);
}

void run_train(Communicator& world, const TrainOptions& options) {
  Train* const train = find_training(options.model);
  if (!train)
    raise("tutti-bench: found ",
          options.model.empty() ? "no --model" : text("--model ", options.model),
          ", expected one of ", training_names());
  require_writable(world, {options.json, options.plot});
  const Trained trained = train(world, options);
  if (world.rank() != 0) return;
  TrainReport report{options.model, world.size(), trained,
                     Device::cpu().allocator().statistics().source_bytes, peak_resident_bytes()};
  if (options.by_op) report.add_products();
  std::cout << report.line() << '\n';
  if (options.by_op) report.show_ops(std::cout);
  if (!options.json.empty()) write_file(options.json, report.json().dump(1) + "\n");
  if (!options.plot.empty()) draw(options.plot, report);
}

}  // namespace

void add_train(CLI::App& app, Communicator& world) {
  CLI::App* command =
      app.add_subcommand("train", "a step of data parallel training, as bench/peers/pytorch.py");
  command->footer("As in: OMP_NUM_THREADS=1 mpirun -np 2 tutti-bench train --model gpt");
  auto options = std::make_shared<TrainOptions>();
  command->add_option("--model", options->model, training_names())->type_name("NAME");
  command->add_option("--steps", options->steps, "timed steps")
      ->check(at_least(1))
      ->capture_default_str();
  command->add_option("--warmup", options->warm_up, "steps before them")
      ->check(at_least(0))
      ->capture_default_str();
  command->add_flag("--by-op", options->by_op, "runs the steps again, and says what ops took");
  command->add_option("--json", options->json, "write the figures to this file")->type_name("FILE");
  command->add_option("--plot", options->plot, "draw the time of each step into this SVG file")
      ->type_name("FILE");
  command->callback([&world, options] { run_train(world, *options); });
}

}  // namespace tutti::bench
