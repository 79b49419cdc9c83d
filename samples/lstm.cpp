// Trains a recurrent network on the characters of a text, on all ranks together:
//   mpirun -np 2 lstm --data FILE
// Without --data it reads the library's sources. Each sequence begins with a state of zeros.
#include <tutti/tutti.h>

#include <cstdio>

#include "evaluate.h"
#include "run_options.h"
#include "text.h"
#include "training.h"

using namespace tutti;

struct Options : samples::RunOptions {
  std::string data;
  std::int64_t steps = 1000, batch = 32;
  std::int64_t layers = 2, width = 256, context = 64;
  double lr = 2e-3;
};

/// Reads the command line; true when only help was asked for.
bool parse(int argc, char** argv, Communicator& world, Options& options) {
  CLI::App app("Trains an LSTM on the characters of a text, on all ranks of an MPI job", "lstm");
  app.add_option("--data", options.data, "text to learn (default: the sources of Tutti)");
  samples::add_number(app, "--steps", options.steps, 0, "of training");
  samples::add_shared(app, "--batch", options.batch, "sequences");
  samples::add_number(app, "--layers", options.layers, 1, "of the network");
  samples::add_number(app, "--width", options.width, 1, "of a layer's state");
  samples::add_number(app, "--context", options.context, 1, "characters of a sequence");
  samples::add_number(app, "--lr", options.lr, 0, "learning rate");
  samples::add_run_options(app, options);
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
    samples::announce(world, device, model,
                      text(corpus.tokens().size(), " characters, ", corpus.vocabulary().size(),
                           " different ones"),
                      options.shards, options.batch / options.shards);
    samples::Training training(world, "lstm", options.steps, "tokens", options.plot);
    for (std::int64_t epoch = 0; !training.over(); ++epoch) {
      sampler.set_epoch(epoch);
      for (auto& step : data::Loader(train, sampler)) {
        double loss_here = 0;
        for (auto [tokens, targets] : step) {
          Variable loss = nn::cross_entropy(parallel_model(tokens.to(device)), targets.to(device));
          loss.backward();
          loss_here += loss.item() / static_cast<double>(step.size());
        }
        adam.step();
        adam.zero_grad();
        training.end_step(loss_here, step.samples() * options.context);
        if (training.over()) break;
      }
    }
    const double trained = training.seconds();

    const double loss = samples::evaluate(world, model, test, device, 16).loss;
    training.require_finite(loss);
    const std::string weights = hex(parallel::agreed_digest(world, model));
    samples::save_model(world, options.files, model, facts);
    if (world.rank() == 0)
      std::printf("result loss=%.4f seconds=%.1f tokens_per_second=%.0f weights=%s\n", loss,
                  trained, training.seen() / trained, weights.c_str());
    training.plot().write();
  });
}
