// Trains a recurrent network on the characters of a text, on all ranks together:
//   mpirun -np 2 lstm --data FILE
// Without --data it reads the library's sources. Each sequence begins with a state of zeros.
#include <tutti/tutti.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "evaluate.h"
#include "model_file.h"
#include "options.h"
#include "run_plot.h"
#include "text.h"

using namespace tutti;

struct Options {
  std::string data, plot;
  std::string device = "auto";
  std::int64_t steps = 1000, batch = 32, shards = 0;
  std::int64_t layers = 2, width = 256, context = 64;
  double lr = 2e-3;
  std::uint64_t seed = 1;
  samples::ModelFiles files;
};

/// Reads the command line; true when only help was asked for.
bool parse(int argc, char** argv, Communicator& world, Options& options) {
  CLI::App app("Trains an LSTM on the characters of a text, on all ranks of an MPI job", "lstm");
  app.add_option("--data", options.data, "text to learn (default: the sources of Tutti)");
  samples::add_number(app, "--steps", options.steps, 0, "of training");
  samples::add_number(app, "--batch", options.batch, 1, "sequences a step, in all shards together");
  samples::add_number(app, "--shards", options.shards, 0, "shards per step (0: one per rank)");
  samples::add_number(app, "--layers", options.layers, 1, "of the network");
  samples::add_number(app, "--width", options.width, 1, "of a layer's state");
  samples::add_number(app, "--context", options.context, 1, "characters of a sequence");
  samples::add_number(app, "--lr", options.lr, 0, "learning rate");
  samples::add_number(app, "--seed", options.seed, 0, "of the weights and the order");
  samples::add_model_files(app, options.files);
  samples::add_plot(app, options.plot);
  app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
  if (samples::parse(app, argc, argv, world.rank())) return true;
  samples::share_out(app, world, options.shards, "--batch", options.batch);
  return false;
}

/// tokens i64 [n, t] give logits [n, t, vocabulary].
struct CharacterModel : nn::Layer<CharacterModel> {
  CharacterModel(std::int64_t vocabulary, const Options& options)
      : embedding(add("embedding", nn::Embedding(vocabulary, options.width))),
        lstm(add("lstm",
                 nn::LSTM(options.width, options.width,
                          {.layers = static_cast<int>(options.layers), .batch_first = true}))),
        head(add("head", nn::Linear(options.width, vocabulary))) {}
  Variable forward(const Variable& tokens) const { return head(lstm(embedding(tokens)).y); }
  nn::Embedding embedding;
  nn::LSTM lstm;
  nn::Linear head;
};

int main(int argc, char** argv) {
  return run(argc, argv, [&](Communicator& world) {
    Options options;
    if (parse(argc, argv, world, options)) return;

    const data::Characters corpus = samples::open_text(options.data);
    const data::TextDataset train(corpus, data::Split::train, {.context = options.context});
    const data::TextDataset test(corpus, data::Split::test,
                                 {.context = options.context, .stride = options.context});
    data::DistributedSampler sampler(
        train.size(),
        {.batch = options.batch / options.shards, .shards = options.shards, .seed = options.seed},
        world);

    const Device device = local_device(world, options.device);
    CharacterModel model(std::ssize(corpus.vocabulary()), options);
    model.initialise(options.seed, device);
    const samples::Facts facts{{"characters", corpus.vocabulary()}};
    samples::load_model(world, options.files, model, facts);
    parallel::DataParallel parallel_model(world, model, {.shards = options.shards});
    optim::Adam adam(model.parameters(), {.lr = options.lr});
    if (world.rank() == 0)
      std::cerr << corpus.tokens().size() << " characters, " << corpus.vocabulary().size()
                << " different ones, " << model.parameter_count() << " parameters, "
                << options.shards << " shards of " << options.batch / options.shards << " on "
                << counted(world.size(), "rank") << " (" << device.id() << ")\n";

    const auto start = std::chrono::steady_clock::now();
    auto seconds = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    std::int64_t done = 0, seen = 0;
    samples::RunPlot plot(world, options.plot);
    Progress progress("train", options.steps, world.rank() == 0);
    for (std::int64_t epoch = 0; done < options.steps; ++epoch) {
      sampler.set_epoch(epoch);
      for (auto& step : data::Loader(train, sampler)) {
        double loss_here = 0;
        for (auto [tokens, targets] : step) {
          Variable loss = nn::cross_entropy(parallel_model(tokens.to(device)), targets.to(device));
          loss.backward();
          loss_here += loss.item() / static_cast<double>(step.size());
        }
        samples::require_finite(loss_here, "lstm", done);
        adam.step();
        adam.zero_grad();
        seen += step.samples() * options.context;
        plot.add("loss", ++done, loss_here);
        progress.show(done, text("loss ", loss_here, "  ",
                                 static_cast<std::int64_t>(seen / seconds()), " tokens/s"));
        if (done == options.steps) break;
      }
    }
    const double trained = seconds();

    const double loss = samples::evaluate(world, model, test, device, 16).loss;
    samples::require_finite(loss, "lstm", done);
    const std::string weights = hex(parallel::agreed_digest(world, model));
    samples::save_model(world, options.files, model, facts);
    if (world.rank() == 0)
      std::printf("result loss=%.4f seconds=%.1f tokens_per_second=%.0f weights=%s\n", loss,
                  trained, static_cast<double>(seen) / trained, weights.c_str());
    plot.write();
  });
}
