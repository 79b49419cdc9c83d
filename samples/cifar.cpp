// Trains a residual network, or a transformer, on CIFAR-10, on all ranks together:
//   mpirun -np 2 cifar --data DIR
//   mpirun -np 2 cifar --data DIR --model vit
// with images that are shifted, flipped and cut out at random, smoothed labels, and the average of
// the weights, which is what is evaluated. Without --data it draws digits in colours.
#include <tutti/tutti.h>

#include <algorithm>
#include <cstdio>

#include "evaluate.h"
#include "run_options.h"
#include "training.h"

using namespace tutti;

struct Options : samples::RunOptions {
  std::string data, model = "resnet";
  std::int64_t epochs = 30, steps = 0, batch = 64, depth = 0;
  double lr = 0;
};

/// Reads the command line; true when only help was asked for.
bool parse(int argc, char** argv, Communicator& world, Options& options) {
  CLI::App app("Trains a classifier on CIFAR-10, on all ranks of an MPI job", "cifar");
  app.add_option("--data", options.data, "folder with CIFAR-10's binary files (default: drawn)");
  app.add_option("--model", options.model, "resnet, or vit: a vision transformer")
      ->check(CLI::IsMember({"resnet", "vit"}))
      ->capture_default_str();
  samples::add_number(app, "--epochs", options.epochs, 0, "passes over the training images");
  samples::add_number(app, "--steps", options.steps, 0, "stop after so many steps (0: never)");
  samples::add_shared(app, "--batch", options.batch, "images");
  samples::add_number(app, "--depth", options.depth, 0,
                      "layers: 8, 14, 20, 26, ... of resnet (0: 20), or blocks of vit (0: 6)");
  samples::add_number(app, "--lr", options.lr, 0, "highest rate (0: 0.1 for resnet, 1e-3 for vit)");
  samples::add_run_options(app, options);
  if (samples::parse(app, argc, argv, world.rank())) return true;
  samples::share_out(app, world, options.shards, "--batch", options.batch);
  const bool vit = options.model == "vit";
  if (options.depth == 0) options.depth = vit ? 6 : 20;
  if (options.lr == 0) options.lr = vit ? 1e-3 : 0.1;
  return false;
}

const std::vector<data::Normalisation> normalisation{
    {0.4914f, 0.2470f}, {0.4822f, 0.2435f}, {0.4465f, 0.2616f}};

/// Digits [1, 28, 28] as images [3, 32, 32] in a colour that says nothing of the digit.
std::unique_ptr<data::Dataset> coloured_digits(std::int64_t count, std::uint64_t seed,
                                               data::Split split) {
  const data::DrawnDigits digits(count, seed, split);
  data::LabelledPixels all{{3, 32, 32}, 10, normalisation, {}, {}};
  for (std::int64_t i = 0; i < count; ++i) {
    const auto words = Philox(seed).at(stream_of("colour"), static_cast<std::uint64_t>(i));
    const auto pixels = digits.pixels(i);
    for (std::size_t channel = 0; channel < 3; ++channel)
      for (int y = -2; y < 30; ++y)
        for (int x = -2; x < 30; ++x) {
          const bool inside = x >= 0 && x < 28 && y >= 0 && y < 28;
          const int grey = inside ? pixels[static_cast<std::size_t>(28 * y + x)] : 0;
          const int colour = 64 + static_cast<int>(words[channel] % 192);
          all.pixels.push_back(static_cast<std::uint8_t>(grey * colour / 255));
        }
    all.labels.push_back(static_cast<std::uint8_t>(digits.label(i)));
  }
  return std::make_unique<data::ImageSet>(std::move(all));
}

std::unique_ptr<data::Dataset> open_data(const Options& options, data::Split split) {
  if (options.data.empty())
    return coloured_digits(split == data::Split::train ? 4000 : 1000, options.seed, split);
  return std::make_unique<data::Cifar10>(options.data, split);
}

nn::Sequential make_model(const Options& options) {
  if (options.model == "resnet") return nn::resnet_cifar(options.depth);
  return nn::Sequential(nn::VisionTransformer({.layers = options.depth}));
}

/// A rule by which only matrices decay.
template <class Rule, class RuleOptions>
std::unique_ptr<optim::Optimizer> decaying(const nn::Module& model, const RuleOptions& plain,
                                           double decay) {
  RuleOptions decayed = plain;
  decayed.weight_decay = decay;
  return std::make_unique<Rule>(std::vector<optim::Group<RuleOptions>>{
      {model.parameters(nn::is_matrix), decayed},
      {model.parameters(std::not_fn(nn::is_matrix)), plain}});
}

std::unique_ptr<optim::Optimizer> make_optimizer(const Options& options, const nn::Module& model) {
  if (options.model == "vit")
    return decaying<optim::AdamW>(model, optim::AdamWOptions{.weight_decay = 0}, 0.05);
  return decaying<optim::Sgd>(model, optim::SgdOptions{.momentum = 0.9, .nesterov = true}, 5e-4);
}

int main(int argc, char** argv) {
  return run(argc, argv, [&](Communicator& world) {
    Options options;
    if (parse(argc, argv, world, options)) return;

    const auto images = open_data(options, data::Split::train);
    const auto test = open_data(options, data::Split::test);
    // Zeros, which shifting and cutting out leave, are the mean colour of normalised images.
    const data::Augmented train(
        *images, {.seed = options.seed, .padding = 4, .flip = !options.data.empty(), .cutout = 8});
    data::DistributedSampler sampler(train.size(),
                                     {.batch = options.batch / options.shards,
                                      .shards = options.shards,
                                      .seed = options.seed,
                                      .drop_last = true},
                                     world);
    std::int64_t steps = options.epochs * sampler.steps();
    if (options.steps > 0) steps = std::min(steps, options.steps);

    const Device device = local_device(world, options.device);
    nn::Sequential model = make_model(options);
    model.initialise(options.seed, device);
    samples::load_model(world, options.files, model);
    parallel::DataParallel parallel_model(world, model, {.shards = options.shards});
    const std::unique_ptr<optim::Optimizer> optimizer = make_optimizer(options, model);
    const optim::OneCycle schedule{.max_lr = options.lr, .steps = std::max<std::int64_t>(steps, 1)};
    optim::WeightAverage average(model.parameters(), 0.99);
    samples::announce(world, device, model, text(train.size(), " images"), options.shards,
                      options.batch / options.shards);
    samples::Training training(world, "cifar", steps, "images", options.plot);
    for (std::int64_t epoch = 0; !training.over(); ++epoch) {
      sampler.set_epoch(epoch);
      for (auto& step : data::Loader(train, sampler)) {
        double loss_here = 0;
        for (auto [x, labels] : step) {
          Variable loss = nn::cross_entropy(parallel_model(x.to(device)), labels.to(device),
                                            {.label_smoothing = 0.1});
          loss.backward();
          loss_here += loss.item() / static_cast<double>(step.size());
        }
        optimizer->set_lr(schedule(training.done()));
        optimizer->step();
        optimizer->zero_grad();
        average.update();
        training.end_step(loss_here, step.samples());
        if (training.over()) break;
      }
      if (training.plot().wanted()) {
        const auto averaged = average.apply();
        training.plot().add("accuracy", training.done(),
                            samples::evaluate(world, model, *test, device, 100).accuracy);
      }
    }
    const double trained = training.seconds();

    // From here on the model has the averaged weights: they are evaluated, saved and compared.
    if (average.updates() == 0) average.update();
    const auto averaged = average.apply();
    const auto [loss, accuracy] = samples::evaluate(world, model, *test, device, 100);
    training.require_finite(loss);
    const std::string weights = hex(parallel::agreed_digest(world, model));
    samples::save_model(world, options.files, model);
    if (world.rank() == 0)
      std::printf(
          "result accuracy=%.4f loss=%.4f seconds=%.1f samples_per_second=%.0f weights=%s\n",
          accuracy, loss, trained, training.seen() / trained, weights.c_str());
    training.plot().write();
  });
}
