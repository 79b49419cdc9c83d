// Batch normalisation against PyTorch, and its running statistics under DataParallel.
#include "tutti/nn/batch_norm.h"

#include "support/catch.h"
#include "support/errors.h"
#include "support/golden.h"
#include "support/gradient_check.h"
#include "tutti/comm/threads.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using test::contains;
using test::error_of;
using test::largest_difference;

namespace {

// Both compute in f64, in another order: numbers of order 10 stay within 1e-13.
constexpr double close = 1e-12;

template <class Norm>
void compare_with_pytorch(const char* name, const nn::BatchNormOptions& options) {
  INFO(name);
  const test::Golden golden("batch_norm", name);
  Norm norm(golden.tensor("running_mean").size(0), options);
  norm.initialise(1, Device::cpu(), Dtype::f64);
  StateDict state;
  for (const char* part : {"weight", "bias", "running_mean", "running_var"})
    if (golden.has(part)) state.set(part, golden.tensor(part));
  state.set("random_seed", std::int64_t{1});
  norm.load_state_dict(state);
  Variable x(golden.tensor("x0"), true);
  Variable y = norm(x);
  CHECK(largest_difference(y.value(), golden.tensor("y")) < close);
  y.backward({.seed = golden.tensor("dy")});
  CHECK(largest_difference(x.grad(), golden.tensor("dx0")) < close);
  for (const Parameter& parameter : norm.parameters())
    CHECK(largest_difference(parameter.grad(), golden.tensor("d" + parameter.path)) < close);
  for (const Parameter& buffer : norm.buffers())
    CHECK(largest_difference(buffer.value(), golden.tensor("after." + buffer.path)) < close);
  norm.eval();
  CHECK(largest_difference(norm(x).value(), golden.tensor("eval")) < close);
}

nn::Sequential network(bool checkpointed = false) {
  nn::Sequential net(nn::Linear(3, 8), nn::BatchNorm1d(8), nn::ReLU(), nn::Linear(8, 8),
                     nn::BatchNorm1d(8), nn::Linear(8, 2));
  net.checkpoint_layers(checkpointed);
  net.initialise(1);
  return net;
}

Tensor batch(std::int64_t shard, int step) {
  std::vector<float> values;
  for (int i = 0; i < 15; ++i)
    values.push_back(std::sin(static_cast<float>(17 * shard + 5 * step + i * i)));
  return Tensor::from(values, {5, 3});
}

}  // namespace

TEST_CASE("batch norm is PyTorch's, running statistics and evaluation included") {
  compare_with_pytorch<nn::BatchNorm1d>("1d", {});
  compare_with_pytorch<nn::BatchNorm1d>("1d_length", {.epsilon = 1e-2, .momentum = 0.3});
  compare_with_pytorch<nn::BatchNorm2d>("2d", {});
  compare_with_pytorch<nn::BatchNorm2d>("2d_plain", {.affine = false});
}

TEST_CASE("first and second derivatives of batch_norm") {
  for (const Shape& shape : {Shape{5, 2}, Shape{2, 3, 4}}) {
    const std::int64_t channels = shape[1];
    test::check_gradients([](const auto& in) { return batch_norm(in[0], in[1], in[2], 1e-2).y; },
                          {test::input(shape), test::input({channels}, 0.5, 2, 2),
                           test::input({channels}, -1, 1, 3)});
  }
}

TEST_CASE("16-bit floats are normalised in f32, strided input as dense") {
  Tensor x = test::input({4, 6, 3}).value().to(Dtype::f32);
  auto y = batch_norm(x.transpose(1, 2));
  CHECK(largest_difference(y.y, batch_norm(x.transpose(1, 2).clone()).y) == 0);
  auto half = batch_norm(x.to(Dtype::bf16));
  CHECK(half.y.dtype() == Dtype::bf16);
  CHECK(largest_difference(half.y, batch_norm(x.to(Dtype::bf16).to(Dtype::f32)).y) < 0x1p-8);
}

TEST_CASE("running statistics move by the average over all shards, alike on any ranks") {
  const auto train = [](int ranks, bool checkpointed) {
    Sha256::Digest digest;
    run_threads(ranks, [&](Communicator& world) {
      nn::Sequential net = network(checkpointed);
      parallel::DataParallel<nn::Sequential> parallel_net(world, net, {.shards = 4});
      optim::Sgd sgd(net.parameters(), {.lr = 0.1});
      const int each = 4 / ranks;
      for (int step = 0; step < 3; ++step) {
        for (int shard = 0; shard < each; ++shard) {
          Variable y = parallel_net(Variable(batch(world.rank() * each + shard, step)));
          mean(y * y).backward();
        }
        sgd.step();
        sgd.zero_grad();
      }
      const Sha256::Digest mine = parallel::agreed_digest(world, net);  // buffers included
      if (world.rank() == 0) digest = mine;
    });
    return digest;
  };
  const Sha256::Digest one = train(1, false);
  for (int ranks : {1, 2, 4}) {
    CHECK(train(ranks, false) == one);
    CHECK(train(ranks, true) == one);
  }
}

TEST_CASE("a wrapped layer's statistics are those of its shards' batches") {
  run_threads(1, [](Communicator& world) {
    nn::Sequential net(nn::BatchNorm1d(3));
    net.initialise(1);
    parallel::DataParallel<nn::Sequential> parallel_net(world, net, {.shards = 2});
    for (int shard = 0; shard < 2; ++shard)
      sum(parallel_net(Variable(batch(shard, 0), true))).backward();
    Tensor expected;
    for (int shard = 0; shard < 2; ++shard) {
      Tensor part = mean(batch(shard, 0), {0}) * 0.05;  // momentum 0.1, half of the shards
      expected = expected ? expected + part : part;
    }
    const Tensor found = net.buffers()[0].value();
    for (int i = 0; i < 3; ++i)
      if (!(std::abs(found[i].item() - expected[i].item()) <= 1e-6))
        raise("found ", found[i].item(), ", expected ", expected[i].item());
    if (net.buffers()[0].grad()) raise("found a gradient left in a statistic");
  });
}

TEST_CASE("an empty shard of a step passes, and moves nothing") {
  run_threads(2, [](Communicator& world) {
    nn::Sequential net(nn::BatchNorm1d(3), nn::Linear(3, 2));
    net.initialise(1);
    parallel::DataParallel<nn::Sequential> parallel_net(world, net);
    const Tensor x = world.rank() == 0 ? batch(0, 0) : Tensor::zeros({0, 3});
    const Variable y = parallel_net(Variable(x));
    (world.rank() == 0 ? mean(y * y) : sum(y)).backward();
    const Tensor shown = mean(batch(0, 0), {0}) * 0.1;
    for (const Parameter& buffer : std::vector{net.buffers()[0]})
      for (int i = 0; i < 3; ++i)
        if (!(std::abs(buffer.value()[i].item() - shown[i].item()) <= 1e-6))
          raise("found ", buffer.value()[i].item(), ", expected ", shown[i].item());
    for (const Parameter& parameter : net.parameters())
      for (float g : parameter.grad().to_vector<float>())
        if (!std::isfinite(g)) raise("found a gradient of ", g);
    parallel::agreed_digest(world, net);
  });
}

// Shards of 1 to 4 samples of 3 places. What a shard shows counts by its samples, as its gradients
// do.
TEST_CASE("shards of unequal size, one sample among them, move statistics by their samples") {
  const auto part = [](int shard, int step) {
    return test::input({shard + 1, 2, 3}, -1, 1, 4 * step + shard).value();
  };
  const auto train = [&](int ranks) {
    std::vector<double> out;
    run_threads(ranks, [&](Communicator& world) {
      nn::Sequential net(nn::BatchNorm1d(2, {.momentum = 0.25}));
      net.initialise(1, Device::cpu(), Dtype::f64);
      parallel::DataParallel<nn::Sequential> parallel_net(world, net, {.shards = 4});
      const int each = 4 / ranks;
      for (int step = 0; step < 2; ++step) {
        for (int local = 0; local < each; ++local) {
          const Variable y = parallel_net(Variable(part(world.rank() * each + local, step)));
          mean(y * y * y).backward();
        }
        net.zero_grad();
      }
      if (world.rank() != 0) return;
      for (const Parameter& buffer : net.buffers())
        for (double x : buffer.value().to_vector<double>()) out.push_back(x);
    });
    return out;
  };
  std::vector<double> expected{0, 0, 1, 1};
  for (int step = 0; step < 2; ++step) {
    std::vector<double> shown(4);
    for (int shard = 0; shard < 4; ++shard)
      for (int channel = 0; channel < 2; ++channel) {
        const Tensor x = part(shard, step).select(1, channel);
        const std::vector<double> all = x.contiguous().to_vector<double>();
        double sum = 0, squares = 0;
        for (double value : all) sum += value;
        const double middle = sum / static_cast<double>(all.size());
        for (double value : all) squares += (value - middle) * (value - middle);
        const double weight = (shard + 1) / 10.0;
        shown[std::size_t(channel)] += weight * middle;
        shown[std::size_t(2 + channel)] += weight * squares / static_cast<double>(all.size() - 1);
      }
    for (std::size_t i = 0; i < 4; ++i) expected[i] += 0.25 * (shown[i] - expected[i]);
  }
  const std::vector<double> one = train(1);
  REQUIRE(one.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(one[i] == Approx(expected[i]).margin(1e-14));
  for (int ranks : {2, 4}) CHECK(train(ranks) == one);
}

TEST_CASE("a shard of one number a channel is named; in evaluation it passes and moves nothing") {
  run_threads(1, [](Communicator& world) {
    nn::Sequential net(nn::BatchNorm1d(3), nn::Linear(3, 2));
    net.initialise(1);
    const Tensor one = batch(0, 0).slice(0, 0, 1);
    {
      parallel::DataParallel<nn::Sequential> parallel_net(world, net);
      CHECK(contains(error_of([&] { parallel_net(Variable(one)); }),
                     "batch_norm: found x [1, 3], which has 1 number of each channel, expected at "
                     "least 2; call eval()"));
    }
    parallel::DataParallel<nn::Sequential> parallel_net(world, net);
    mean(parallel_net(Variable(batch(0, 0)))).backward();
    const Sha256::Digest before = net.digest();
    net.eval();
    const Tensor whole = parallel_net(Variable(batch(0, 0))).value();
    // Each sample alone gives what it gives among others: a product of another size rounds apart.
    CHECK(largest_difference(parallel_net(Variable(one)).value(), whole.slice(0, 0, 1)) < 1e-6);
    CHECK(net.digest() == before);
  });
}

// Called in one of two shards, twice in a shard, without recording: what calls have shown is
// averaged over the calls, and what no shard has called does not move.
TEST_CASE("a layer that some shards call, or call twice, moves by the mean over its calls") {
  struct Net : nn::Layer<Net> {
    nn::BatchNorm1d norm = add("norm", nn::BatchNorm1d(3));
    nn::BatchNorm1d idle = add("idle", nn::BatchNorm1d(3));
    nn::Linear head = add("head", nn::Linear(3, 2));
    Variable forward(const Variable& x, const Tensor& other, int calls) const {
      if (calls == 0) return head(x);
      {
        NoGrad off;
        norm(x);
      }
      Variable y = norm(x);
      if (calls == 2) y = y + norm(Variable(other));
      return head(y);
    }
  };
  run_threads(1, [](Communicator& world) {
    Net net;
    net.initialise(1);
    parallel::DataParallel<Net> parallel_net(world, net, {.shards = 2});
    const Tensor first = batch(0, 0), second = batch(1, 0);
    const auto expect = [&](const Tensor& mean_shown) {
      const Tensor found = net.buffers()[0].value();
      for (int i = 0; i < 3; ++i)
        if (!(std::abs(found[i].item() - mean_shown[i].item()) <= 1e-6))
          raise("found ", found[i].item(), ", expected ", mean_shown[i].item());
      if (net.buffers()[2].value().to_vector<float>() != std::vector<float>(3, 0))
        raise("a layer that nobody called has moved");
    };
    const auto step = [&](int calls_a, int calls_b) {
      const Variable a = parallel_net(Variable(first), second, calls_a);
      mean(a * a).backward();
      const Variable b = parallel_net(Variable(second), first, calls_b);
      mean(b * b).backward();
      net.zero_grad();
    };
    Tensor expected = mean(first, {0}) * 0.1;
    step(1, 0);
    expect(expected);
    expected = expected * 0.9 + (mean(first, {0}) + mean(second, {0})) * 0.05;
    step(2, 0);
    expect(expected);
    step(0, 0);
    expect(expected);
  });
}

TEST_CASE("without affine, on constants, checkpointed") {
  run_threads(1, [](Communicator& world) {
    nn::Sequential net(nn::BatchNorm1d(3, {.affine = false}), nn::Linear(3, 2));
    net.checkpoint_layers();
    net.initialise(1);
    parallel::DataParallel<nn::Sequential> parallel_net(world, net);
    const Variable y = parallel_net(Variable(batch(0, 0)));
    mean(y * y).backward();
  });
}

TEST_CASE("the result's dtype is one while training and in evaluation") {
  nn::BatchNorm1d norm(3);
  norm.initialise(1);
  const Variable x(batch(0, 0).to(Dtype::bf16));
  const Dtype trained = norm(x).dtype();
  norm.eval();
  CHECK(norm(x).dtype() == trained);
}

TEST_CASE("what does not fit is named") {
  nn::BatchNorm2d norm(3);
  norm.initialise(1);
  CHECK(contains(error_of([&] {
                   norm(Variable(Tensor::zeros({2, 4, 5, 5})));
                 }),
                 "BatchNorm2d: found input [2, 4, 5, 5], expected 4 axes, [n, 3, ...]"));
  CHECK(contains(error_of([&] {
                   norm(Variable(Tensor::zeros({1, 3, 1, 1})));
                 }),
                 "1 number of each channel"));
  CHECK(contains(error_of([] { nn::BatchNorm1d(0); }), "found 0 channels"));
  CHECK(contains(error_of([] { nn::BatchNorm1d(3, {.momentum = 0}); }), "momentum 0"));
}
