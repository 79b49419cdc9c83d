// The train subcommand: what a step of training takes, by the recipe of bench/peers/pytorch.py.
#include <sys/resource.h>

#include <cstdio>
#include <memory>

#include "commands.h"
#include "measure.h"
#include "options.h"
#include "train_steps.h"

namespace tutti::bench {
namespace {

/// The most memory that this process ever held, code included.
double resident_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void run_train(Communicator& world, const TrainOptions& options) {
  Train* const train = find_training(options.model);
  if (!train)
    raise("tutti-bench: found ",
          options.model.empty() ? "no MODEL" : text("the MODEL ", options.model),
          ", expected one of ", training_names());
  const Trained trained = train(world, options);
  if (world.rank() != 0) return;
  const double median = quantile(trained.seconds, 0.5);
  const auto memory = static_cast<double>(Device::cpu().allocator().statistics().source_bytes);
  std::printf(
      "train model=%s ranks=%d ms_per_step=%.4g p99=%.4g samples_per_second=%.0f "
      "memory_mib=%.0f rss_mib=%.0f steps=%d\n",
      options.model.c_str(), world.size(), 1e3 * median, 1e3 * quantile(trained.seconds, 0.99),
      static_cast<double>(trained.samples * world.size()) / median, memory / (1 << 20),
      resident_mib(), options.steps);
}

}  // namespace

void add_train(CLI::App& app, Communicator& world) {
  CLI::App* command =
      app.add_subcommand("train", "a step of data parallel training, as bench/peers/pytorch.py");
  command->footer("As in: OMP_NUM_THREADS=1 mpirun -np 2 tutti-bench train chargpt");
  auto options = std::make_shared<TrainOptions>();
  command->add_option("MODEL", options->model, training_names());
  command->add_option("--steps", options->steps, "timed steps")
      ->check(at_least(1))
      ->capture_default_str();
  command->add_option("--warmup", options->warm_up, "steps before them")
      ->check(at_least(0))
      ->capture_default_str();
  command->add_flag("--by-op", options->by_op, "runs the steps again, and says what ops took");
  command->callback([&world, options] { run_train(world, *options); });
}

}  // namespace tutti::bench
