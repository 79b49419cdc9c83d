// Forecasts a time series by gated recurrent units, on all ranks together:
//   mpirun -np 2 forecast --data weather.csv --column temperature --column pressure
// The first column is forecast from all of them. Without --data it makes a year of weather, by
// hours.
#include <tutti/tutti.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "run_options.h"
#include "training.h"

using namespace tutti;

struct Options : samples::RunOptions {
  std::string data;
  std::vector<std::string> columns;
  std::int64_t epochs = 6, steps = 0, batch = 64;
  std::int64_t past = 48, ahead = 6, width = 32;
  double lr = 5e-3;
};

/// Reads the command line; true when only help was asked for.
bool parse(int argc, char** argv, Communicator& world, Options& options) {
  CLI::App app("Forecasts a time series, on all ranks of an MPI job", "forecast");
  app.add_option("--data", options.data, "CSV file of numbers (default: a year of made weather)");
  app.add_option("--column", options.columns, "of the file, several times (default: all)");
  samples::add_number(app, "--past", options.past, 1, "rows that are seen");
  samples::add_number(app, "--ahead", options.ahead, 1, "how many rows later the forecast is for");
  samples::add_number(app, "--width", options.width, 1, "of the state");
  samples::add_number(app, "--epochs", options.epochs, 0, "passes over the training rows");
  samples::add_number(app, "--steps", options.steps, 0, "stop after so many steps (0: never)");
  samples::add_shared(app, "--batch", options.batch, "windows");
  samples::add_number(app, "--lr", options.lr, 0, "highest learning rate");
  samples::add_run_options(app, options);
  if (samples::parse(app, argc, argv, world.rank())) return true;
  if (options.data.empty() && !options.columns.empty())
    raise("forecast: found --column without --data, expected the file that has it");
  samples::share_out(app, world, options.shards, "--batch", options.batch);
  return false;
}

/// Temperature and pressure of 8,760 hours: a year's and a day's course, and weather that comes and
/// goes over days, which the pressure knows some hours before.
Tensor made_weather(std::uint64_t seed) {
  constexpr int hours = 8760, early = 9;
  std::vector<double> weather(hours + early);
  double state = 0;
  for (int hour = 0; hour < hours + early; ++hour) {
    const auto words = Philox(seed).at(stream_of("weather"), static_cast<std::uint64_t>(hour));
    double push = -2;
    for (std::uint32_t word : words) push += uniform_float(word);
    weather[static_cast<std::size_t>(hour)] = state = 0.98 * state + push;
  }
  std::vector<float> values;
  for (int hour = 0; hour < hours; ++hour) {
    const double turn = 2 * std::numbers::pi * hour;
    const double temperature = 10 - 9 * std::cos(turn / hours) - 5 * std::cos(turn / 24) +
                               weather[static_cast<std::size_t>(hour)];
    values.push_back(static_cast<float>(temperature));
    values.push_back(
        static_cast<float>(1013 - 3 * weather[static_cast<std::size_t>(hour + early)]));
  }
  return Tensor::from(values, {hours, 2});
}

/// Rows [count, columns], each column with mean 0 and variance 1 over the first `known` rows.
struct Series {
  Series(const Tensor& rows, std::int64_t known) : columns(rows.size(1)) {
    values = rows.to_vector<float>();
    const auto width = static_cast<std::size_t>(columns);
    for (std::size_t column = 0; column < width; ++column) {
      double sum = 0, squares = 0;
      const auto last = static_cast<std::size_t>(known) * width;
      for (std::size_t i = column; i < last; i += width) sum += values[i];
      const double mean = sum / static_cast<double>(known);
      for (std::size_t i = column; i < last; i += width)
        squares += (values[i] - mean) * (values[i] - mean);
      const double spread = std::sqrt(squares / static_cast<double>(known));
      if (column == 0) scale = spread;
      for (std::size_t i = column; i < values.size(); i += width)
        values[i] = static_cast<float>((values[i] - mean) / (spread > 0 ? spread : 1));
    }
  }
  float target(std::int64_t row) const { return values[static_cast<std::size_t>(row * columns)]; }

  std::int64_t columns;
  double scale = 1;  ///< of the first column
  std::vector<float> values;
};

/// Rows of [begin, end) as those which are forecast: "x" [past, columns], what was "seen" last [1],
/// and "y" [1], which came `ahead` rows later.
class Windows : public data::Dataset {
 public:
  Windows(const Series& series, std::int64_t begin, std::int64_t end, const Options& options)
      : series_(series), begin_(begin), end_(end), past_(options.past), ahead_(options.ahead) {}

  std::int64_t size() const override { return end_ - begin_; }
  std::vector<data::Field> fields() const override {
    return {{"x", {past_, series_.columns}}, {"seen", {1}}, {"y", {1}}};
  }
  data::Batch batch(std::span<const std::int64_t> indices) const override {
    require_indices(indices);
    data::Batch batch = empty_batch(indices);
    auto* x = batch["x"].mutable_data<float>();
    auto *seen = batch["seen"].mutable_data<float>(), *y = batch["y"].mutable_data<float>();
    for (std::int64_t index : indices) {
      const std::int64_t row = begin_ + index, last = row - ahead_;
      const auto from = series_.values.begin() + (last + 1 - past_) * series_.columns;
      x = std::copy_n(from, past_ * series_.columns, x);
      *seen++ = series_.target(last);
      *y++ = series_.target(row);
    }
    return batch;
  }

 private:
  const Series& series_;
  std::int64_t begin_, end_, past_, ahead_;
};

/// What was last seen and what the state of the last row adds to it.
struct Forecaster : nn::Layer<Forecaster> {
  Forecaster(std::int64_t columns, std::int64_t width)
      : gru(add("gru", nn::GRU(columns, width, {.batch_first = true}))),
        head(add("head", nn::Linear(width, 1))) {}
  Variable forward(const Variable& x, const Variable& seen) const {
    return seen + head(gru(x).h[0]);
  }
  nn::GRU gru;
  nn::Linear head;
};

/// Collective: the root mean square errors of the model and of what was last seen, in the column's
/// unit; every rank looks at its share.
std::pair<double, double> errors(Communicator& world, Forecaster& model, const Windows& test,
                                 double scale, const Device& device) {
  NoGrad no_grad;
  model.eval();
  double sums[3] = {0, 0, 0};
  const auto squares = [](const Tensor& apart) { return sum(apart * apart).item(); };
  data::DistributedSampler sampler(test.size(), {.batch = 256, .shuffle = false}, world);
  for (auto& step : data::Loader(test, sampler))
    for (const data::Batch& batch : step) {
      if (batch["y"].size(0) == 0) continue;
      const Tensor seen = batch["seen"].to(device), y = batch["y"].to(device);
      sums[0] += squares(model(Variable(batch["x"].to(device)), Variable(seen)).value() - y);
      sums[1] += squares(seen - y);
      sums[2] += static_cast<double>(y.count());
    }
  model.train();
  all_reduce(world, std::span(sums), ReduceOp::sum());
  return {scale * std::sqrt(sums[0] / sums[2]), scale * std::sqrt(sums[1] / sums[2])};
}

int main(int argc, char** argv) {
  return run(argc, argv, [&](Communicator& world) {
    Options options;
    if (parse(argc, argv, world, options)) return;

    const Tensor rows = options.data.empty()
                            ? made_weather(options.seed)
                            : data::read_csv(options.data, {.columns = options.columns}).values;
    const std::int64_t begin = options.past + options.ahead - 1, end = rows.size(0);
    const std::int64_t known = end / 5 * 4;
    if (begin >= known)
      raise("forecast: found ", counted(end, "row"), ", of which ", known,
            " are to learn from, for ", "windows of ", begin + 1,
            ", expected more of them; choose a smaller --past");
    const Series series(rows, known);
    const Windows train(series, begin, known, options), test(series, known, end, options);
    data::DistributedSampler sampler(
        train.size(),
        {.batch = options.batch / options.shards, .shards = options.shards, .seed = options.seed},
        world);
    std::int64_t steps = options.epochs * sampler.steps();
    if (options.steps > 0) steps = std::min(steps, options.steps);

    const Device device = local_device(world, options.device);
    Forecaster model(series.columns, options.width);
    model.initialise(options.seed, device);
    const samples::Facts facts{{"columns", text(series.columns)},
                               {"past", text(options.past)},
                               {"ahead", text(options.ahead)}};
    samples::load_model(world, options.files, model, facts);
    parallel::DataParallel parallel_model(world, model, {.shards = options.shards});
    optim::Adam adam(model.parameters(), {.lr = options.lr});
    const optim::Cosine schedule{.max_lr = options.lr, .steps = std::max<std::int64_t>(steps, 1)};
    samples::announce(world, device, model, text(train.size(), " windows"), options.shards,
                      options.batch / options.shards);
    samples::Training training(world, "forecast", steps, "windows", options.plot);
    for (std::int64_t epoch = 0; !training.over(); ++epoch) {
      sampler.set_epoch(epoch);
      for (auto& step : data::Loader(train, sampler)) {
        double loss_here = 0;
        for (const data::Batch& batch : step) {
          Variable forecast =
              parallel_model(Variable(batch["x"].to(device)), Variable(batch["seen"].to(device)));
          Variable loss = nn::mse_loss(forecast, batch["y"].to(device));
          loss.backward();
          loss_here += loss.item() / static_cast<double>(step.size());
        }
        adam.set_lr(schedule(training.done()));
        adam.step();
        adam.zero_grad();
        training.end_step(loss_here, step.samples());
        if (training.over()) break;
      }
    }
    const double trained = training.seconds();

    const auto [error, persistence] = errors(world, model, test, series.scale, device);
    training.require_finite(error);
    const std::string weights = hex(parallel::agreed_digest(world, model));
    samples::save_model(world, options.files, model, facts);
    training.plot().write();
    if (world.rank() == 0)
      std::printf(
          "result error=%.4f persistence=%.4f seconds=%.1f samples_per_second=%.0f weights=%s\n",
          error, persistence, trained, training.seen() / trained, weights.c_str());
  });
}
