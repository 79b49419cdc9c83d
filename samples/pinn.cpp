// A physics-informed network: learns a solution of Burgers' equation from the equation alone, on
// all ranks together, with second derivatives in the loss and third ones in its gradient:
//   mpirun -np 2 pinn --plot burgers.svg
// Source of the problem: Raissi, Perdikaris, Karniadakis, J. Comput. Phys. 378, 2019.
#include <tutti/base/philox.h>
#include <tutti/tutti.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "burgers.h"
#include "run_options.h"
#include "training.h"

using namespace tutti;

struct Options : samples::RunOptions {
  std::int64_t steps = 6000, points = 2048, width = 32, layers = 4;
  double lr = 4e-3;
};

/// Reads the command line; true when only help was asked for.
bool parse(int argc, char** argv, Communicator& world, Options& options) {
  CLI::App app("Solves Burgers' equation by a network, on all ranks of an MPI job", "pinn");
  samples::add_number(app, "--steps", options.steps, 0, "of training");
  samples::add_shared(app, "--points", options.points, "points");
  samples::add_number(app, "--width", options.width, 1, "features of a hidden layer");
  samples::add_number(app, "--layers", options.layers, 1, "hidden ones");
  samples::add_number(app, "--lr", options.lr, 0, "highest learning rate");
  samples::add_run_options(app, options);
  if (samples::parse(app, argc, argv, world.rank())) return true;
  samples::share_out(app, world, options.shards, "--points", options.points);
  return false;
}
/// u(x, t) = -sin(pi x) + t (1 - x^2) network(x, t): begins and ends as it must, whatever the
/// network.
struct Solution : nn::Layer<Solution> {
  explicit Solution(const Options& options) {
    std::int64_t inputs = 2;
    for (std::int64_t i = 0; i < options.layers; ++i, inputs = options.width)
      network.append(nn::Linear(inputs, options.width)).append(nn::Tanh());
    network.append(nn::Linear(inputs, 1));
  }
  /// x and t [n, 1] give [n, 1].
  Variable forward(const Variable& x, const Variable& t) const {
    return t * (1.0 - x * x) * network(concat({x, t}, 1)) - sin(x * std::numbers::pi);
  }
  nn::Sequential network = add("network", nn::Sequential());
};

/// How far u is from solving the equation, at each of the points.
template <class F>
Variable residual(F& u, const Variable& x, const Variable& t) {
  const GradOptions recorded{.create_graph = true};
  const Variable value = u(x, t);
  const std::vector<Variable> slopes = grad(sum(value), {x, t}, recorded);
  const Variable bend = grad(sum(slopes[0]), {x}, recorded)[0];
  return slopes[1] + value * slopes[0] - bend * samples::viscosity;
}

/// Points in [-1, 1] x [0, 1], drawn by what addresses them: the same on any number of ranks.
std::pair<Variable, Variable> draw_points(std::int64_t count, std::uint64_t seed, std::int64_t step,
                                          std::int64_t shard, const Device& device) {
  std::vector<float> x, t;
  const Philox philox(seed);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto words =
        philox.at(static_cast<std::uint64_t>(step), static_cast<std::uint64_t>(shard * count + i));
    x.push_back(2 * uniform_float(words[0]) - 1);
    t.push_back(uniform_float(words[1]));
  }
  return {Variable(Tensor::from(x, {count, 1}, device), true),
          Variable(Tensor::from(t, {count, 1}, device), true)};
}

/// The network's values at every fourth cell and each kept time of the reference, by time. Local.
std::vector<std::vector<float>> values_on_grid(const Solution& u, const samples::Burgers& reference,
                                               const Device& device) {
  NoGrad no_grad;
  std::vector<std::vector<float>> values;
  for (int time = 0; time <= reference.times(); ++time) {
    std::vector<float> x;
    for (int cell = 0; cell <= reference.cells(); cell += 4)
      x.push_back(static_cast<float>(2.0 * cell / reference.cells() - 1));
    const auto count = std::ssize(x);
    const Tensor t =
        Tensor::full({count, 1}, static_cast<double>(time) / reference.times(), Dtype::f32, device);
    values.push_back(
        u(Variable(Tensor::from(x, {count, 1}, device)), Variable(t)).value().to_vector<float>());
  }
  return values;
}

int main(int argc, char** argv) {
  return run(argc, argv, [&](Communicator& world) {
    Options options;
    if (parse(argc, argv, world, options)) return;

    const Device device = local_device(world, options.device);
    Solution u(options);
    u.initialise(options.seed, device);
    samples::load_model(world, options.files, u);
    parallel::DataParallel parallel_u(world, u, {.shards = options.shards});
    optim::Adam adam(u.parameters());
    const optim::Cosine schedule{.max_lr = options.lr,
                                 .steps = std::max<std::int64_t>(options.steps, 1)};
    const std::int64_t each = options.points / options.shards, here = options.shards / world.size();

    samples::announce(world, device, u, text(options.points, " points a step"), options.shards,
                      each);
    samples::Training training(world, "pinn", options.steps, "points", options.plot);
    for (std::int64_t step = 0; step < options.steps; ++step) {
      double loss_here = 0;
      for (std::int64_t i = 0; i < here; ++i) {
        const auto [x, t] = draw_points(each, options.seed, step, world.rank() * here + i, device);
        const Variable wrong = residual(parallel_u, x, t);
        const Variable loss = mean(wrong * wrong);
        loss.backward();
        loss_here += loss.item() / static_cast<double>(here);
      }
      adam.set_lr(schedule(step));
      adam.step();
      adam.zero_grad();
      training.end_step(loss_here, options.points);
    }
    const double trained = training.seconds();

    const std::string weights = hex(parallel::agreed_digest(world, u));
    samples::save_model(world, options.files, u);
    if (world.rank() != 0) return;
    const samples::Burgers reference(2000, 100);
    const auto found = values_on_grid(u, reference, device);
    double apart = 0, all = 0;
    for (int time = 0; time <= reference.times(); ++time)
      for (int cell = 0; cell <= reference.cells(); cell += 4) {
        const double expected = reference.at(cell, time);
        const double value =
            found[static_cast<std::size_t>(time)][static_cast<std::size_t>(cell / 4)];
        apart += (value - expected) * (value - expected);
        all += expected * expected;
      }
    std::printf("result error=%.4f seconds=%.1f points_per_second=%.0f weights=%s\n",
                std::sqrt(apart / all), trained, training.seen() / trained, weights.c_str());
    if (training.plot().wanted()) {
      samples::Svg svg(760, 520);
      const samples::Panel panels[] = {{60, 30, 310, 220}, {410, 30, 310, 220}};
      const auto of_network = [&](int column, int row) {
        return found[static_cast<std::size_t>(row)][static_cast<std::size_t>(4 * column)];
      };
      const auto by_differences = [&](int column, int row) {
        return reference.at(16 * column, row);
      };
      svg.field(panels[0], "u(x, t) of the network", 125, 100, of_network);
      svg.field(panels[1], "by finite differences", 125, 100, by_differences);
      auto losses = training.plot().curve("loss");
      for (auto& [step, loss] : losses) loss = std::log10(loss);
      svg.curve({60, 300, 660, 180}, "log10 of the loss over steps", losses);
      svg.write(options.plot);
    }
  });
}
