// Trains a convolutional network on handwritten digits, on all ranks together:
//   mpirun -np 2 mnist --data DIR
// Without --data it draws its own digits.
#include <tutti/tutti.h>

#include <algorithm>
#include <cstdio>

#include "evaluate.h"
#include "run_options.h"
#include "training.h"

using namespace tutti;

struct Options : samples::RunOptions {
  std::string data;
  std::int64_t epochs = 3, steps = 0, batch = 32;
  double lr = 2e-3;
};

/// Reads the command line; true when only help was asked for.
bool parse(int argc, char** argv, int rank, Options& options) {
  CLI::App app("Trains a convolutional network on MNIST, on all ranks of an MPI job", "mnist");
  app.add_option("--data", options.data, "folder with the MNIST files (default: drawn digits)");
  samples::add_number(app, "--epochs", options.epochs, 0, "passes over the training images");
  samples::add_number(app, "--steps", options.steps, 0, "stop after so many steps (0: never)");
  samples::add_number(app, "--batch", options.batch, 1, "images per shard");
  samples::add_number(app, "--lr", options.lr, 0, "highest learning rate");
  samples::add_run_options(app, options);
  return samples::parse(app, argc, argv, rank);
}

std::unique_ptr<data::Dataset> open_data(const Options& options, data::Split split) {
  if (!options.data.empty()) return std::make_unique<data::Mnist>(options.data, split);
  return std::make_unique<data::DrawnDigits>(split == data::Split::train ? 12000 : 2000,
                                             options.seed, split);
}

int main(int argc, char** argv) {
  return run(argc, argv, [&](Communicator& world) {
    Options options;
    if (parse(argc, argv, world.rank(), options)) return;

    auto train = open_data(options, data::Split::train);
    auto test = open_data(options, data::Split::test);
    data::DistributedSampler sampler(
        train->size(), {.batch = options.batch, .shards = options.shards, .seed = options.seed},
        world);
    std::int64_t steps = options.epochs * sampler.steps();
    if (options.steps > 0) steps = std::min(steps, options.steps);

    Device device = local_device(world, options.device);
    nn::Sequential model(nn::Conv2d(1, 32, 3), nn::ReLU(), nn::MaxPool2d(2),  //
                         nn::Conv2d(32, 64, 3), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(),
                         nn::Dropout(0.25), nn::Linear(64 * 5 * 5, 128), nn::ReLU(),
                         nn::Linear(128, 10));
    model.initialise(options.seed, device);
    samples::load_model(world, options.files, model);
    parallel::DataParallel parallel_model(world, model, {.shards = options.shards});
    optim::Adam adam(model.parameters());
    optim::OneCycle schedule{.max_lr = options.lr, .steps = steps};
    samples::announce(world, device, model, text(train->size(), " images"), sampler.shards(),
                      options.batch);
    samples::Training training(world, "mnist", steps, "images", options.plot);
    for (std::int64_t epoch = 0; !training.over(); ++epoch) {
      sampler.set_epoch(epoch);
      for (auto& step : data::Loader(*train, sampler)) {
        double loss_here = 0;
        for (auto [images, labels] : step) {
          Variable loss = nn::cross_entropy(parallel_model(images.to(device)), labels.to(device));
          loss.backward();
          loss_here += loss.item() / static_cast<double>(step.size());
        }
        adam.set_lr(schedule(training.done()));
        adam.step();
        adam.zero_grad();
        training.end_step(loss_here, step.samples());
        if (training.over()) break;
      }
      if (training.plot().wanted())
        training.plot().add("accuracy", training.done(),
                            samples::evaluate(world, model, *test, device, 250).accuracy);
    }
    double trained = training.seconds();

    auto [loss, accuracy] = samples::evaluate(world, model, *test, device, 250);
    training.require_finite(loss);
    std::string weights = hex(parallel::agreed_digest(world, model));
    samples::save_model(world, options.files, model);
    if (world.rank() == 0)
      std::printf(
          "result accuracy=%.4f loss=%.4f seconds=%.1f samples_per_second=%.0f weights=%s\n",
          accuracy, loss, trained, training.seen() / trained, weights.c_str());
    training.plot().write();
  });
}
