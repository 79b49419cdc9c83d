// Reports of weights that came out wrong: each is compared with one rank that has all samples.
#include "on_ranks.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"
#include "tutti/optim/adam.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using test::expect_named;
using test::expect_right;
using test::require_close;
using test::samples_of;
using test::samples_of_all;

namespace {

template <class M>
M in_f64(M model, std::uint64_t seed = 1) {
  model.initialise(seed, Device::cpu(), Dtype::f64);
  return model;
}

// The gradients of two models of the same parameters, of which one is wrapped.
void require_same_gradients(const nn::Module& found, const nn::Module& expected) {
  const auto all = expected.parameters();
  for (std::size_t i = 0; i < all.size(); ++i)
    require_close(found.parameters()[i].grad(), all[i].grad(), all[i].path);
}

Variable squares(const Variable& y) {
  return mean(sum(y * y, {1}));
}

struct TwoLayers : nn::Layer<TwoLayers> {
  nn::Linear first = add("first", nn::Linear(3, 3)), second = add("second", nn::Linear(3, 3));
  Variable forward(const Variable& x, bool uses_first) const {
    return second(uses_first ? first(x) : x);
  }
};

}  // namespace

// torch/torch7#716, mlverse/torch#305
TEST_CASE("weights that two layers share take one step by the whole gradient") {
  expect_right([](Communicator& world) {
    auto tied = [] {
      nn::Linear shared(3, 3);
      return in_f64(nn::Sequential(shared, nn::GELU(), shared));
    };
    nn::Sequential model = tied(), alone = tied();
    parallel::DataParallel parallel_model(world, model);
    optim::Sgd sgd(model.parameters(), {.lr = 0.1});
    squares(parallel_model(samples_of(world.rank()))).backward();
    squares(alone(samples_of_all(world.size()))).backward();
    sgd.step();
    for (std::size_t i = 0; i < 2; ++i) {
      const Parameter expected = alone.parameters()[i];
      require_close(model.parameters()[i].value(), expected.value() - 0.1 * expected.grad(),
                    expected.path);
    }
  });
}

// pytorch/pytorch#28294
TEST_CASE("a parameter that nobody uses stays, though weights decay") {
  expect_right([](Communicator& world) {
    auto model = in_f64(TwoLayers()), start = in_f64(TwoLayers());
    parallel::DataParallel parallel_model(world, model);
    optim::AdamW adam(model.parameters(), {.lr = 0.1, .weight_decay = 0.5});
    for (int step = 0; step < 2; ++step) {
      squares(parallel_model(samples_of(world.rank()), false)).backward();
      adam.step();
      adam.zero_grad();
    }
    if (model.first.digest() != start.first.digest()) raise("found that the first layer moved");
    if (model.second.digest() == start.second.digest()) raise("found that the second layer stayed");
  });
}

// NVIDIA/apex#1175
TEST_CASE("gradients accumulated over three batches a step") {
  auto body = [](Order order) {
    return [=](Communicator& world) {
      auto model = in_f64(nn::Linear(3, 2)), alone = in_f64(nn::Linear(3, 2));
      parallel::DataParallel parallel_model(world, model,
                                            {.shards = 3 * world.size(), .order = order});
      for (int i = 0; i < 3; ++i)
        squares(parallel_model(samples_of(3 * world.rank() + i))).backward();
      squares(alone(samples_of_all(3 * world.size()))).backward();
      require_same_gradients(model, alone);
    };
  };
  expect_right(body(Order::any));
  expect_named(body(Order::canonical), "Order::any");
}

// pytorch/pytorch#128949, pytorch/pytorch#112152
TEST_CASE("a parameter that one rank does not use counts as 0 there") {
  expect_right([](Communicator& world) {
    auto model = in_f64(TwoLayers()), alone = in_f64(TwoLayers());
    parallel::DataParallel parallel_model(world, model);
    squares(parallel_model(samples_of(world.rank()), world.rank() != 1)).backward();
    const double ranks = world.size();
    for (int rank = 0; rank < world.size(); ++rank)
      (squares(alone(samples_of(rank), rank != 1)) / ranks).backward();
    require_same_gradients(model, alone);
  });
}

// pytorch/pytorch#47562
TEST_CASE("a gradient penalty, which does not reach the last bias") {
  expect_right([](Communicator& world) {
    auto critic = [] {
      return in_f64(nn::Sequential(nn::Linear(3, 4), nn::GELU(), nn::Linear(4, 1)));
    };
    auto penalty = [](auto& model, const Tensor& samples) {
      Variable x(samples, true);
      return squares(grad(sum(model(x)), {x}, {.create_graph = true})[0]);
    };
    nn::Sequential model = critic(), alone = critic();
    parallel::DataParallel parallel_model(world, model);
    penalty(parallel_model, samples_of(world.rank())).backward();
    penalty(alone, samples_of_all(world.size())).backward();
    if (model.parameters("2.bias")[0].grad()) raise("found a gradient of the last bias");
    for (const char* path : {"0.weight", "0.bias", "2.weight"})
      require_close(model.parameters(path)[0].grad(), alone.parameters(path)[0].grad(), path);
  });
}

// pytorch/pytorch#67253, pytorch/pytorch#33148
TEST_CASE("batches that are uneven, and one that is empty") {
  expect_right([](Communicator& world) {
    auto model = in_f64(nn::Linear(3, 2)), alone = in_f64(nn::Linear(3, 2));
    parallel::DataParallel parallel_model(world, model);
    Tensor all = samples_of_all(3);  // rank 0 has none of them, rank 2 what is left
    const int begin[] = {0, 0, 2, 6};
    const int end = world.rank() + 1 == world.size() ? 6 : begin[world.rank() + 1];
    Variable y = parallel_model(all.slice(0, begin[world.rank()], end).contiguous());
    mean(y * y).backward();
    Variable z = alone(all);
    mean(z * z).backward();
    require_same_gradients(model, alone);
  });
}

// horovod/horovod#796
TEST_CASE("two wrapped networks, one of which sees the other's results") {
  expect_right([](Communicator& world) {
    auto generator = in_f64(nn::Linear(3, 3)), discriminator = in_f64(nn::Linear(3, 1), 2);
    auto lone_g = in_f64(nn::Linear(3, 3)), lone_d = in_f64(nn::Linear(3, 1), 2);
    parallel::DataParallel wrapped_g(world, generator), wrapped_d(world, discriminator);
    auto loop = [](auto& g, auto& d, const nn::Module& g_model, const nn::Module& d_model,
                   const Tensor& x) {
      optim::Sgd g_sgd(g_model.parameters(), {.lr = 0.1}), d_sgd(d_model.parameters(), {.lr = 0.1});
      for (int step = 0; step < 3; ++step) {
        squares(d(x) - 1.0).backward();
        d_sgd.step();
        d_sgd.zero_grad();
        squares(d(g(x)) + 1.0).backward();
        g_sgd.step();
        g_sgd.zero_grad(), d_sgd.zero_grad();
      }
    };
    loop(wrapped_g, wrapped_d, generator, discriminator, samples_of(world.rank()));
    loop(lone_g, lone_d, lone_g, lone_d, samples_of_all(world.size()));
    require_close(generator.weight().value(), lone_g.weight().value(), "generator");
    require_close(discriminator.weight().value(), lone_d.weight().value(), "discriminator");
  });
}

// huggingface/transformers#31412
TEST_CASE("ranks drop different elements") {
  for (int ranks : {2, 3}) {
    std::vector<std::vector<float>> kept(static_cast<std::size_t>(ranks));
    run_threads(ranks, [&](Communicator& world) {
      nn::Sequential model(nn::Dropout(0.5), nn::Linear(64, 64));
      model.initialise(1);
      model.parameters("1.weight")[0].value().fill(0);
      for (int i = 0; i < 64; ++i)
        model.parameters("1.weight")[0].value()[i].slice(0, i, i + 1).fill(1);
      model.parameters("1.bias")[0].value().fill(0);
      parallel::DataParallel parallel_model(world, model);
      kept[static_cast<std::size_t>(world.rank())] =
          parallel_model(Tensor::full({1, 64}, 1)).value().to_vector<float>();
    });
    for (int rank = 1; rank < ranks; ++rank)
      CHECK(kept[static_cast<std::size_t>(rank)] != kept[static_cast<std::size_t>(rank - 1)]);
  }
}
