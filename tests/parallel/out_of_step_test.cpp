// Ranks that do not take the same steps: each gets an Error that says in what they differ, or what
// one rank alone would get. On one host, and on hosts of one rank each.
#include <cmath>
#include <regex>

#include "support/rank_errors.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/loss.h"
#include "tutti/nn/sequential.h"
#include "tutti/optim/adam.h"
#include "tutti/optim/sgd.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using test::errors_of;

namespace {

// Calls body(ranks, per_node).
template <class F>
void on_all_layouts(const F& body) {
  for (int ranks : {2, 3, 4})
    for (int per_node : {ranks, 1}) {
      CAPTURE(ranks, per_node);
      body(ranks, per_node);
    }
}

template <class F>
void expect_one(const F& body, const std::string& part) {
  on_all_layouts([&](int ranks, int per_node) {
    bool found = false;
    for (const std::string& error : errors_of(ranks, body, per_node)) {
      CAPTURE(error);
      CHECK(!error.empty());
      found = found || error.find(part) != std::string::npos;
    }
    CHECK(found);
  });
}

Tensor batch(const Communicator& world, int step) {
  return Tensor::full({4, 3}, 1 + world.rank() + 0.5 * step);
}

}  // namespace

TEST_CASE("buckets of two wrapped models do not meet") {
  // Where rank 0's loss does not depend on the whole first model, its buckets come last.
  expect_one(
      [](Communicator& world) {
        nn::Sequential a(nn::Linear(3, 3), nn::Linear(3, 3)), b(nn::Linear(3, 3), nn::Linear(3, 3));
        a.initialise(1), b.initialise(2);
        parallel::DataParallel first(world, a), second(world, b);
        Variable y = first(batch(world, 0));
        if (world.rank() == 0) y = y.detach() + Variable(a.parameters("1.bias")[0]);
        (sum(y) + sum(second(batch(world, 1)))).backward();
      },
      "let the backwards of several wrapped models come in the same order");
}

TEST_CASE("a step that one rank leaves out is named") {
  auto body = [](bool behind_forward) {
    return [=](Communicator& world) {
      nn::Linear model(3, 2);
      model.initialise(1);
      parallel::DataParallel parallel_model(world, model);
      optim::Sgd sgd(model.parameters(), {.lr = 0.1});
      for (int step = 0; step < 4; ++step) {
        const bool bad = step == 1 && world.rank() == 1;
        if (bad && !behind_forward) continue;
        Variable loss = mean(parallel_model(batch(world, step)));
        if (bad) continue;
        loss.backward();
        sgd.step();
        sgd.zero_grad();
      }
      parallel::agreed_digest(world, model);
    };
  };
  expect_one(body(true), "where a batch is left out, all ranks leave it out");
  expect_one(body(false), "All ranks must ");
}

TEST_CASE(
    "steps that each rank leaves out elsewhere are named where learning rates tell them apart") {
  expect_one(
      [](Communicator& world) {
        nn::Linear model(3, 2);
        model.initialise(1);
        parallel::DataParallel parallel_model(world, model);
        optim::Adam adam(model.parameters());
        for (int step = 0; step < 6; ++step) {
          if (step == 1 + world.rank()) continue;
          mean(parallel_model(batch(world, step))).backward();
          adam.set_lr(0.1 / (1 + step));
          adam.step();
          adam.zero_grad();
        }
      },
      "step the same optimizers, equally often, with the same learning rates");
}

TEST_CASE("optimizers that differ among ranks are named in the step that follows") {
  const std::string hint = "step the same optimizers, equally often, with the same learning rates";
  auto body = [](bool compares, bool leaves_one_out) {
    return [=](Communicator& world) {
      nn::Linear model(3, 2);
      model.initialise(1);
      parallel::DataParallel parallel_model(world, model, {.compare_updates = compares});
      const bool other = world.rank() == 1;
      optim::Sgd sgd(model.parameters(), {.momentum = other && !leaves_one_out ? 0.9 : 0});
      for (int step = 0; step < 3; ++step) {
        mean(parallel_model(batch(world, step))).backward();
        if (!(leaves_one_out && other && step == 0)) sgd.step();
        sgd.zero_grad();
      }
    };
  };
  expect_one(body(true, false), hint);
  expect_one(body(true, true), hint);
  for (const std::string& error : errors_of(2, body(true, false))) {
    const std::regex hash("after optimizers' steps of hash ([0-9]+) at");
    std::smatch one, other;
    INFO(error);
    REQUIRE(std::regex_search(error, one, hash));
    const std::string rest = one.suffix();
    REQUIRE(std::regex_search(rest, other, hash));
    CHECK(one[1] != other[1]);
  }
  for (const std::string& error : errors_of(2, body(false, false))) CHECK(error.empty());
}

TEST_CASE("an optimizer's step without a new average is refused at once") {
  expect_one(
      [](Communicator& world) {
        nn::Linear model(3, 2), other(3, 2);
        model.initialise(1), other.initialise(1);
        parallel::DataParallel parallel_model(world, model);
        optim::Sgd sgd(model.parameters());
        mean(parallel_model(batch(world, 0))).backward();
        sgd.step();
        Variable loss = mean(parallel_model(batch(world, 1)));
        if (world.rank() == 0)
          loss = mean(other(batch(world, 1)));  // depends on no parameter of it
        if (world.rank() != 0) sgd.zero_grad();
        loss.backward();
        sgd.step();
      },
      "found an optimizer's step with the gradient of \"weight\" that it used before");
}

TEST_CASE("a forward in training mode on one rank alone is named") {
  expect_one(
      [](Communicator& world) {
        nn::Linear model(3, 2);
        model.initialise(1);
        parallel::DataParallel parallel_model(world, model);
        optim::Sgd sgd(model.parameters());
        for (int step = 0; step < 3; ++step) {
          mean(parallel_model(batch(world, step))).backward();
          sgd.step();
          sgd.zero_grad();
          if (step == 0 && world.rank() == 0) parallel_model(batch(world, 9));
        }
      },
      "found a forward for shard 2 of 1");
}

TEST_CASE("values that were changed on rank 0 alone: broadcast, and check_every") {
  auto body = [](bool broadcasts) {
    return [=](Communicator& world) {
      nn::Linear model(3, 2);
      model.initialise(1);
      parallel::DataParallel parallel_model(world, model, {.check_every = 2});
      optim::Sgd sgd(model.parameters());
      for (int step = 0; step < 6; ++step) {
        if (step == 2 && world.rank() == 0) model.bias().value().fill(7);
        if (step == 2 && broadcasts) parallel_model.broadcast();
        mean(parallel_model(batch(world, step))).backward();
        sgd.step();
        sgd.zero_grad();
      }
      parallel::agreed_digest(world, model);
      const float bias = model.bias().value().to_vector<float>()[0];
      if (bias < 6) raise("found a bias of ", bias, ", expected rank 0's");
    };
  };
  on_all_layouts([&](int ranks, int per_node) {
    for (const std::string& error : errors_of(ranks, body(true), per_node)) CHECK(error == "");
    test::expect_everywhere(errors_of(ranks, body(false), per_node),
                            "values of \"bias\" that differ among ranks before step 2");
  });
}

TEST_CASE("nothing is added to a module that is wrapped") {
  run_threads(1, [](Communicator& world) {
    nn::Sequential inner(nn::Linear(3, 3)), model(inner, nn::Linear(3, 2));
    model.initialise(1);
    {
      parallel::DataParallel parallel_model(world, model);
      CHECK_THROWS_WITH(model.append(nn::Linear(2, 2)), Catch::Contains("\"2\""));
      CHECK_THROWS_WITH(inner.append(nn::Linear(3, 3)),
                        Catch::Contains("before the wrapper is made"));
      CHECK(model.size() == 2);
      CHECK_NOTHROW(sum(parallel_model(batch(world, 0))).backward());
    }
    CHECK_NOTHROW(inner.append(nn::Linear(3, 3)));
  });
}

TEST_CASE("a parameter that nobody uses has no gradient, and stays") {
  auto weights = [](int ranks, bool wrapped, int user) {
    std::vector<float> values;
    run_threads(ranks, [&](Communicator& world) {
      nn::Sequential model(nn::Linear(3, 3), nn::Linear(3, 3));
      model.initialise(1);
      optim::AdamW adam(model.parameters(), {.lr = 0.1, .weight_decay = 0.5});
      std::optional<parallel::DataParallel<nn::Sequential>> parallel_model;
      if (wrapped) parallel_model.emplace(world, model, parallel::DataParallelOptions{.shards = 4});
      for (int shard = 0; shard < 4 / ranks; ++shard) {
        const int number = world.rank() * (4 / ranks) + shard;
        Variable y = wrapped ? (*parallel_model)(Tensor::full({2, 3}, number))
                             : model(Tensor::full({2, 3}, number));
        // Layer 0 is used by nobody, or by the shard `user` alone.
        (sum(number == user ? y : y.detach()) / 8.0 +
         sum(Variable(model.parameters("1.bias")[0])) / 4.0)
            .backward();
      }
      adam.step();
      if (world.rank() == 0) values = model.parameters("0.weight")[0].value().to_vector<float>();
    });
    return values;
  };
  nn::Sequential model(nn::Linear(3, 3), nn::Linear(3, 3));
  model.initialise(1);
  for (int ranks : {1, 2, 4}) {
    CHECK(weights(ranks, true, -1) == model.parameters("0.weight")[0].value().to_vector<float>());
    CHECK(weights(ranks, true, 3) == weights(1, true, 3));
  }
  CHECK(weights(1, true, 3) != weights(1, true, -1));
}

TEST_CASE("any number of shards a rank, where the order may be any") {
  for (int ranks : {2, 3}) {
    CHECK_THROWS_WITH(run_threads(ranks,
                                  [](Communicator& world) {
                                    nn::Linear model(3, 2);
                                    model.initialise(1);
                                    parallel::DataParallel(world, model,
                                                           {.shards = 3 * world.size()});
                                  }),
                      Catch::Contains("Order::any"));
    run_threads(ranks, [](Communicator& world) {
      nn::Linear model(3, 1);
      model.initialise(1);
      parallel::DataParallel parallel_model(world, model,
                                            {.shards = 3 * world.size(), .order = Order::any});
      double expected = 0, samples = 0;
      for (int number = 0; number < 3 * world.size(); ++number) {
        const int count = 1 + number % 2;
        expected += count * number;
        samples += count;
        if (number / 3 == world.rank())
          mean(parallel_model(Tensor::full({count, 3}, number))).backward();
      }
      for (float found : model.weight().grad().to_vector<float>())
        if (!(std::abs(found - expected / samples) <= 1e-5 * expected))
          raise("found ", found, ", expected ", expected / samples);
    });
  }
}

TEST_CASE("backwards behind forwards that open nothing say what was wrong") {
  run_threads(1, [](Communicator& world) {
    nn::Linear model(3, 2);
    model.initialise(1);
    parallel::DataParallel parallel_model(world, model);
    model.eval();
    Variable y = sum(parallel_model(batch(world, 0)));
    CHECK_THROWS_WITH(y.backward(), Catch::Contains("evaluation mode"));
    model.train();
    {
      NoGrad no_grad;
      parallel_model(batch(world, 0));
    }
    CHECK_THROWS_WITH(sum(model(batch(world, 0))).backward(), Catch::Contains("NoGrad"));
    sum(parallel_model(batch(world, 0))).backward();
    CHECK_THROWS_WITH(sum(model(batch(world, 0))).backward(),
                      Catch::Contains("second backward in a step"));
  });
}
