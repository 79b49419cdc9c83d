// Trains a GPT on the characters of a text, on all ranks together, then writes some of its own:
//   mpirun -np 2 chargpt --data FILE
// Without --data it reads the library's sources. The recipe is nanoGPT's for a CPU
// (https://github.com/karpathy/nanoGPT).
#include <tutti/tutti.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <optional>

#include "evaluate.h"
#include "run_options.h"
#include "text.h"
#include "training.h"

using namespace tutti;

struct Options : samples::RunOptions {
  std::string data;
  std::int64_t steps = 2000, batch = 12;
  std::int64_t layers = 4, heads = 4, width = 128, context = 64;
  double lr = 1e-3;
  std::int64_t generate = 200;
  double dropout = 0;
  bool bf16 = false, checkpoint = false;
};

/// Reads the command line; true when only help was asked for.
bool parse(int argc, char** argv, Communicator& world, Options& options) {
  CLI::App app("Trains a GPT on the characters of a text, on all ranks of an MPI job", "chargpt");
  app.add_option("--data", options.data, "text to learn (default: the sources of Tutti)");
  samples::add_number(app, "--steps", options.steps, 0, "of training");
  samples::add_shared(app, "--batch", options.batch, "sequences");
  samples::add_number(app, "--layers", options.layers, 1, "blocks of the network");
  samples::add_number(app, "--heads", options.heads, 1, "of attention; they divide the width");
  samples::add_number(app, "--width", options.width, 1, "features of a character");
  samples::add_number(app, "--context", options.context, 1, "characters that are seen at once");
  samples::add_number(app, "--dropout", options.dropout, 0, "share of a layer's results, below 1");
  samples::add_number(app, "--lr", options.lr, 0, "highest learning rate; the last is a tenth");
  samples::add_number(app, "--generate", options.generate, 0, "characters to write at the end");
  samples::add_run_options(app, options);
  app.add_flag("--bf16", options.bf16, "multiply in bf16 while training; weights stay f32");
  app.add_flag("--checkpoint", options.checkpoint,
               "keep only what goes into the blocks, and compute them again: the same weights");
  if (samples::parse(app, argc, argv, world.rank())) return true;
  samples::share_out(app, world, options.shards, "--batch", options.batch);
  return false;
}

/// What the model writes after the beginning of a line. Local.
std::string write(const nn::Gpt& model, const data::Characters& corpus, const Options& options,
                  const Device& device) {
  const std::size_t found = corpus.vocabulary().find('\n');
  const std::int64_t line_end = found == std::string::npos ? 0 : static_cast<std::int64_t>(found);
  const Tensor prompt = Tensor::from(std::vector{line_end}, {1, 1}, device);
  const Tensor all = nn::generate(
      model, prompt, {.tokens = options.generate, .temperature = 0.8, .seed = options.seed});
  const std::vector<std::int64_t> written = all.to_vector<std::int64_t>();
  return corpus.decode(std::span(written).subspan(1));
}

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
    nn::Gpt model({.vocabulary = std::ssize(corpus.vocabulary()),
                   .context = options.context,
                   .width = options.width,
                   .heads = options.heads,
                   .layers = options.layers,
                   .dropout = options.dropout});
    model.checkpoint_layers(options.checkpoint);
    model.initialise(options.seed, device);
    const samples::Facts facts{{"characters", corpus.vocabulary()},
                               {"heads", std::to_string(options.heads)}};
    samples::load_model(world, options.files, model, facts);
    parallel::DataParallel parallel_model(world, model, {.shards = options.shards});
    const optim::AdamWOptions decayed{.beta2 = 0.99, .weight_decay = 0.1};
    const optim::AdamWOptions plain{.beta2 = 0.99, .weight_decay = 0};
    optim::AdamW adam({{model.parameters(nn::is_matrix), decayed},
                       {model.parameters(std::not_fn(nn::is_matrix)), plain}});
    constexpr std::int64_t warmup = 100;
    const optim::Sequence schedule{
        {optim::LinearRamp{
             .start_lr = options.lr / warmup, .end_lr = options.lr, .steps = warmup - 1},
         optim::Cosine{.max_lr = options.lr,
                       .steps = std::max<std::int64_t>(options.steps - warmup, 1),
                       .min_lr = options.lr / 10}},
        {warmup}};
    const std::vector<Parameter> parameters = model.parameters();
    samples::announce(world, device, model,
                      text(corpus.tokens().size(), " characters, ", corpus.vocabulary().size(),
                           " different ones"),
                      options.shards, options.batch / options.shards);
    samples::Training training(world, "chargpt", options.steps, "tokens", options.plot);
    for (std::int64_t epoch = 0; !training.over(); ++epoch) {
      sampler.set_epoch(epoch);
      for (auto& step : data::Loader(train, sampler)) {
        double loss_here = 0;
        for (auto [tokens, targets] : step) {
          Variable logits;
          {
            const Autocast scope(options.bf16 ? std::optional(Dtype::bf16) : std::nullopt);
            logits = parallel_model(tokens.to(device));
          }
          Variable loss = nn::cross_entropy(logits, targets.to(device));
          loss.backward();
          loss_here += loss.item() / static_cast<double>(step.size());
        }
        optim::clip_grad_norm(parameters, 1);
        adam.set_lr(schedule(training.done()));
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
    if (world.rank() != 0) return;
    if (options.generate > 0) std::cout << write(model, corpus, options, device) << "\n\n";
    std::printf("result loss=%.4f seconds=%.1f tokens_per_second=%.0f weights=%s\n", loss, trained,
                training.seen() / trained, weights.c_str());
    training.plot().write();
  });
}
