// Shards: several open at once, weighed by hand or by their loss, on any layout of ranks.
#include <cmath>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/comm/threads.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/loss.h"
#include "tutti/ops/concat.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

// Numbers in [-1, 1] that no symmetry relates.
Tensor numbers(const Shape& shape, std::int64_t seed) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < shape.count(); ++i)
    values.push_back(std::sin(static_cast<double>(37 * i + 11 * seed)));
  return Tensor::from(values, shape);
}

nn::Linear f64_linear() {
  nn::Linear model(3, 4);
  model.initialise(5, Device::cpu(), Dtype::f64);
  return model;
}

std::vector<double> gradients_of(const nn::Module& model) {
  std::vector<double> all;
  for (const Parameter& parameter : model.parameters()) {
    std::vector<double> g = parameter.grad().to_vector<double>();
    all.insert(all.end(), g.begin(), g.end());
  }
  return all;
}

// Rounding apart: about ten additions of numbers of order 1.
void require_close(const std::vector<double>& found, const std::vector<double>& expected) {
  if (found.size() != expected.size()) raise("found ", found.size(), " gradients");
  for (std::size_t i = 0; i < found.size(); ++i)
    if (!(std::abs(found[i] - expected[i]) < 1e-14))
      raise("gradient ", i, ": found ", found[i], ", expected ", expected[i]);
}

Variable mean_square(const Variable& y) {
  return mean(y * y);
}

}  // namespace

TEST_CASE("shards that are open at once give the bits of one after the other") {
  auto gradients = [](int ranks, bool at_once, Placement placement) {
    std::vector<double> result;
    run_threads(ranks, [&](Communicator& world) {
      nn::Linear model = f64_linear();
      parallel::DataParallel wrapped(world, model, {.shards = 4, .placement = placement});
      const int each = 4 / ranks;
      auto input = [&](int local) {
        int shard = placement == Placement::strided ? local * ranks + world.rank()
                                                    : world.rank() * each + local;
        return numbers({shard + 1, 3}, shard);  // of 1 to 4 samples
      };
      for (int step = 0; step < 2; ++step) {
        model.zero_grad();
        std::vector<Variable> losses;
        for (int local = 0; local < each; ++local) {
          losses.push_back(mean_square(wrapped(input(local))));
          if (!at_once) losses.back().backward();
        }
        if (at_once)
          for (const Variable& loss : losses) loss.backward();
      }
      if (world.rank() == 0) result = gradients_of(model);
    });
    return result;
  };
  std::vector<double> expected = gradients(1, false, Placement::consecutive);
  std::vector<double> whole(expected.size());
  for (int shard = 0; shard < 4; ++shard) {
    nn::Linear model = f64_linear();
    mean_square(model(numbers({shard + 1, 3}, shard))).backward();
    std::vector<double> g = gradients_of(model);
    for (std::size_t i = 0; i < g.size(); ++i) whole[i] += g[i] * (shard + 1) / 10;
  }
  require_close(expected, whole);
  for (int ranks : {1, 2})
    for (Placement placement : {Placement::consecutive, Placement::strided})
      CHECK(gradients(ranks, true, placement) == expected);
}

TEST_CASE("a shard weighed by hand counts by its weight, whatever calls it makes") {
  const double weights[] = {3, 0, 0.5, 8};
  nn::Linear whole = f64_linear();
  for (int shard = 0; shard < 4; ++shard) {
    Variable y = whole(numbers({2, 3}, shard)) * whole(numbers({2, 3}, 9 + shard));
    (mean_square(y) * (weights[shard] / 11.5)).backward();
  }
  run_threads(2, [&](Communicator& world) {
    nn::Linear model = f64_linear();
    parallel::DataParallel wrapped(world, model, {.shards = 4});
    for (int shard = 2 * world.rank(); shard < 2 * world.rank() + 2; ++shard) {
      auto open = wrapped.shard({.weight = weights[shard]});
      mean_square(open(numbers({2, 3}, shard)) * open(numbers({2, 3}, 9 + shard))).backward();
    }
    require_close(gradients_of(model), gradients_of(whole));
  });
}

TEST_CASE("labels that are ignored do not count, in whatever shard they lie") {
  const std::int64_t none = -100;
  const std::vector<std::vector<std::int64_t>> labels{
      {1, none, 3}, {none, none, none}, {0, 2, 2}, {none, 1, none}};
  std::vector<std::int64_t> all;
  std::vector<Variable> inputs;
  for (std::size_t shard = 0; shard < 4; ++shard) {
    all.insert(all.end(), labels[shard].begin(), labels[shard].end());
    inputs.push_back(numbers({3, 3}, static_cast<std::int64_t>(shard)));
  }
  nn::Linear whole = f64_linear();
  nn::cross_entropy(whole(concat(inputs, 0)), Tensor::from(all, {12})).backward();
  for (int ranks : {1, 2, 4})
    for (Placement placement : {Placement::consecutive, Placement::strided})
      run_threads(ranks, [&](Communicator& world) {
        nn::Linear model = f64_linear();
        parallel::DataParallel wrapped(world, model, {.shards = 4, .placement = placement});
        const int each = 4 / ranks;
        for (int local = 0; local < each; ++local) {
          int shard = placement == Placement::strided ? local * ranks + world.rank()
                                                      : world.rank() * each + local;
          auto at = static_cast<std::size_t>(shard);
          nn::cross_entropy(wrapped(inputs[at].value()), Tensor::from(labels[at], {3})).backward();
        }
        require_close(gradients_of(model), gradients_of(whole));
      });
}

TEST_CASE("a step in which nothing counts has gradient zero") {
  run_threads(2, [](Communicator& world) {
    nn::Linear model = f64_linear();
    parallel::DataParallel wrapped(world, model);
    Tensor none = Tensor::full({2}, -100, Dtype::i64);
    nn::cross_entropy(wrapped(numbers({2, 3}, 1)), none).backward();
    for (double g : gradients_of(model))
      if (g != 0) raise("found gradient ", g, ", expected 0");
  });
}

TEST_CASE("a weight by hand is not replaced by the loss's denominator") {
  const Tensor labels = Tensor::from(std::vector<std::int64_t>{1, 2, -100}, {3});
  nn::Linear whole = f64_linear();
  for (int shard = 0; shard < 2; ++shard)
    (nn::cross_entropy(whole(numbers({3, 3}, shard)), labels) * (shard ? 0.75 : 0.25)).backward();
  run_threads(1, [&](Communicator& world) {
    nn::Linear model = f64_linear();
    parallel::DataParallel wrapped(world, model, {.shards = 2});
    for (int shard = 0; shard < 2; ++shard) {
      auto open = wrapped.shard({.weight = shard ? 9.0 : 3.0});
      nn::cross_entropy(open(numbers({3, 3}, shard)), labels).backward();
    }
    require_close(gradients_of(model), gradients_of(whole));
  });
}

TEST_CASE("losses of one backward must agree on what they divide by") {
  run_threads(1, [](Communicator& world) {
    nn::Linear model = f64_linear();
    parallel::DataParallel wrapped(world, model);
    Variable y = wrapped(numbers({2, 3}, 1));
    auto loss = [&](std::int64_t second) {
      return nn::cross_entropy(y, Tensor::from(std::vector<std::int64_t>{1, second}, {2}));
    };
    CHECK(contains(error_of([&] { (loss(2) + loss(-100)).backward(); }), "divide by"));
  });
}
