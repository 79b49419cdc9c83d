// What a step must not look like, and what a hook's own backward does to it.
#include <cmath>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/comm/threads.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/sequential.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

Tensor ones() {
  return Tensor::full({4, 3}, 1);
}

}  // namespace

TEST_CASE("forwards and backwards that do not pair are named") {
  run_threads(1, [](Communicator& world) {
    nn::Linear model(3, 2);
    model.initialise(1);
    parallel::DataParallel wrapped(world, model, {.shards = 2});
    CHECK(contains(error_of([&] { sum(model(ones())).backward(); }), "without a forward"));
    Variable a = sum(wrapped(ones())), b = sum(wrapped(ones()));
    CHECK(contains(error_of([&] { wrapped(ones()); }), "shard 3 of 2"));
    CHECK(contains(error_of([&] { wrapped.load_state_dict(wrapped.state_dict()); }), "under way"));
    a.backward();
    b.backward();
    StateDict state = wrapped.state_dict();
    state.set("step", std::int64_t{-1});
    CHECK(contains(error_of([&] { wrapped.load_state_dict(state); }), "found step (-1, expected"));
    CHECK(contains(error_of([&] { sum(model(ones())).backward(); }), "second backward in a step"));
    Variable next = sum(wrapped(ones()));
    CHECK(contains(error_of([&] { next.backward(); }), "zero_grad"));
    for (double weight : {-1.0, HUGE_VAL, std::nan("")})
      CHECK(contains(error_of([&] { wrapped.shard({.weight = weight}); }), "weight"));
  });
}

TEST_CASE("a gradient that an optimizer of some of the parameters left is named") {
  run_threads(1, [](Communicator& world) {
    nn::Sequential model(nn::Linear(3, 3), nn::Linear(3, 2));
    model.initialise(1);
    parallel::DataParallel wrapped(world, model);
    optim::Sgd sgd(model.parameters("1.*"));
    auto step = [&] {
      sum(wrapped(ones())).backward();
      sgd.step();
    };
    step();
    model.zero_grad();
    CHECK_NOTHROW(step());
    sgd.zero_grad();
    const std::string error = error_of(step);
    INFO(error);
    CHECK(contains(error, "found \"0.weight\" with its gradient of the last step"));
    CHECK(contains(error, "call model.zero_grad() where the optimizer has only some"));
  });
}

TEST_CASE("evaluation opens no shard") {
  run_threads(1, [](Communicator& world) {
    nn::Linear model(3, 2);
    model.initialise(1);
    parallel::DataParallel wrapped(world, model);
    for (int i = 0; i < 3; ++i) {
      NoGrad no_grad;
      wrapped(ones());
    }
    model.eval();
    for (int i = 0; i < 3; ++i) wrapped(ones());
    model.train();
    CHECK_NOTHROW(sum(wrapped(ones())).backward());
    CHECK(wrapped.averager().step() == 1);
  });
}

TEST_CASE("evaluation through a shard by hand opens none, and leaves an open one's draws") {
  auto trained = [](bool evaluates) {
    std::vector<float> gradient;
    run_threads(1, [&](Communicator& world) {
      nn::Sequential model(nn::Dropout(0.5), nn::Linear(3, 2));
      model.initialise(1);
      parallel::DataParallel wrapped(world, model);
      auto evaluate = [&] {
        if (!evaluates) return;
        NoGrad no_grad;
        for (int i = 0; i < 3; ++i) {
          auto shard = wrapped.shard({.weight = 4});
          CHECK_FALSE(shard(ones()).requires_grad());
        }
        model.eval();
        auto shard = wrapped.shard({.weight = 4});
        CHECK(shard(ones()).value().to_vector<float>() == model(ones()).value().to_vector<float>());
        model.train();
      };
      evaluate();
      auto open = wrapped.shard({.weight = 4});
      Variable first = open(ones());
      evaluate();
      sum(first * open(ones())).backward();
      CHECK(wrapped.averager().step() == 1);
      gradient = model.parameters("1.weight")[0].grad().to_vector<float>();
      model.zero_grad();
      model.eval();
      auto shard = wrapped.shard({.weight = 4});
      CHECK(contains(error_of([&] { sum(shard(ones())).backward(); }), "evaluation mode"));
    });
    return gradient;
  };
  CHECK(trained(true) == trained(false));
}

TEST_CASE("what would cut a parameter off from its average is an error, other values are not") {
  run_threads(1, [](Communicator& world) {
    nn::Linear model(3, 2);
    model.initialise(1);
    parallel::DataParallel wrapped(world, model);
    Variable weight = model.weight();
    CHECK(contains(error_of([&] {
                     weight.set_value(Tensor::zeros({2, 3}, Dtype::f64));
                   }),
                   "\"weight\""));
    CHECK_THROWS_AS(weight.set_value(Tensor::zeros({3, 2})), Error);
    CHECK_THROWS_AS(model.initialise(1, Device::cpu(), Dtype::f64), Error);
    nn::Linear other(3, 2);
    other.initialise(2);
    Variable y = sum(wrapped(ones()));
    model.load_state_dict(other.state_dict());
    y.backward();
    CHECK(model.weight().grad().to_vector<float>() == std::vector<float>(6, 4));
  });
}

TEST_CASE("the state of a step that an Error ended is not used") {
  run_threads(1, [](Communicator& world) {
    nn::Sequential model(nn::Linear(3, 2), nn::Linear(2, 2));
    model.initialise(1);
    parallel::DataParallel wrapped(world, model, {.shards = 2});
    Variable y = sum(wrapped(ones()));
    model.parameters("0.weight")[0].value().fill(0);  // layer 1's are reached before
    CHECK(contains(error_of([&] { y.backward(); }), "version"));
    CHECK(contains(error_of([&] { wrapped(ones()); }), "an Error ended"));
  });
}

TEST_CASE("a leaf that a hook's backward reaches, too, is averaged once it has both gradients") {
  run_threads(2, [](Communicator& world) {
    nn::Linear model(3, 2);
    model.initialise(1, Device::cpu(), Dtype::f64);
    parallel::DataParallel wrapped(world, model, {.bucket_bytes = 1 << 20});  // one bucket
    Tensor x = Tensor::full({4, 3}, 1 + world.rank(), Dtype::f64);
    Variable y = sum(wrapped(x)), weight = model.weight();
    y.add_hook([&](const Variable& g) {
      sum(weight * 10.0).backward();
      return g;
    });
    y.backward();
    // Of 4 samples on each rank: 10 from the hook, and 4 or 8 from the sum, 6 on the average.
    if (model.weight().grad().to_vector<double>() != std::vector<double>(6, 16))
      raise("found ", model.weight().grad().to_vector<double>()[0], ", expected 16");
    if (model.bias().grad().to_vector<double>() != std::vector<double>(2, 4))
      raise("found ", model.bias().grad().to_vector<double>()[0], ", expected 4");
    model.zero_grad();
    // Too late: the weight's gradient was on its way.
    Variable z = sum(wrapped(x)), leaf = model.bias();
    leaf.add_hook([&](const Variable& g) {
      sum(weight * 10.0).backward();
      return g;
    });
    std::string error = error_of([&] { z.backward(); });
    if (!contains(error, "from a backward in a hook")) raise("found \"", error, '"');
  });
}
