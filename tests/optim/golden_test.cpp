// Ten steps of every rule that PyTorch has, against PyTorch's.
#include "support/golden.h"

#include <cmath>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/autograd/node.h"
#include "tutti/optim/adagrad.h"
#include "tutti/optim/adam.h"
#include "tutti/optim/rmsprop.h"
#include "tutti/optim/sgd.h"

using namespace tutti;

namespace {

// Both compute in f64, in another order: ten steps stay within 1e-13 of values of order 1.
template <class Optimizer, class Options>
void compare(const char* name, const Options& options) {
  INFO(name);
  test::Golden golden("optimizers", name);
  Tensor values = golden.tensor("values"), gradients = golden.tensor("gradients");
  Variable w(values[0].clone(), true);
  Optimizer optimizer(optim::numbered(std::array{w}), options);
  for (std::int64_t step = 0; step < gradients.size(0); ++step) {
    w.backward({.seed = gradients[step]});
    optimizer.step();
    optimizer.zero_grad();
    CHECK(test::largest_difference(w.value(), values[step + 1]) < 1e-13);
  }
}

}  // namespace

TEST_CASE("ten steps of sgd are PyTorch's") {
  using optim::Sgd, optim::SgdOptions;
  compare<Sgd>("sgd", SgdOptions{.lr = 0.1});
  compare<Sgd>("sgd_decay", SgdOptions{.lr = 0.1, .weight_decay = 0.2});
  compare<Sgd>("sgd_momentum", SgdOptions{.lr = 0.1, .momentum = 0.9, .weight_decay = 0.2});
  compare<Sgd>("sgd_nesterov",
               SgdOptions{.lr = 0.1, .momentum = 0.8, .weight_decay = 0.2, .nesterov = true});
}

TEST_CASE("ten steps of adam and adamw are PyTorch's") {
  compare<optim::Adam>("adam", optim::AdamOptions{.lr = 0.02});
  compare<optim::Adam>(
      "adam_decay",
      optim::AdamOptions{
          .lr = 0.01, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-4, .weight_decay = 0.3});
  compare<optim::AdamW>("adamw",
                        optim::AdamWOptions{.lr = 0.01, .beta2 = 0.99, .weight_decay = 0.1});
}

TEST_CASE("ten steps of rmsprop are PyTorch's") {
  using optim::Rmsprop, optim::RmspropOptions;
  RmspropOptions options{.lr = 0.02, .alpha = 0.9};
  compare<Rmsprop>("rmsprop", options);
  options.momentum = 0.7;
  options.weight_decay = 0.2;
  compare<Rmsprop>("rmsprop_momentum", options);
  options.epsilon = 1e-3;
  options.centered = true;
  compare<Rmsprop>("rmsprop_centered_momentum", options);
  options.momentum = options.weight_decay = 0;
  compare<Rmsprop>("rmsprop_centered", options);
}

TEST_CASE("ten steps of adagrad are PyTorch's") {
  compare<optim::Adagrad>("adagrad", optim::AdagradOptions{.lr = 0.1});
  compare<optim::Adagrad>("adagrad_decay", optim::AdagradOptions{.lr = 0.1,
                                                                 .lr_decay = 0.2,
                                                                 .epsilon = 1e-3,
                                                                 .weight_decay = 0.3,
                                                                 .initial_accumulator_value = 0.5});
}

TEST_CASE("numbers that are not finite agree with nothing") {
  const Tensor one = Tensor::full({2}, 1);
  CHECK(test::largest_difference(one, Tensor::full({2}, 3)) == Approx(2.0 / 3));
  for (double bad : {HUGE_VAL, std::nan("")})
    for (auto [x, expected] :
         {std::pair(one, Tensor::full({2}, bad)), std::pair(Tensor::full({2}, bad), one)})
      CHECK(test::contains(test::error_of([&] { test::largest_difference(x, expected); }),
                           "at element 0, expected finite numbers"));
}
