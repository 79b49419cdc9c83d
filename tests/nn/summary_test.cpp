#include "tutti/nn/summary.h"

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/nn/conv2d.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"

using namespace tutti;
using test::contains;

TEST_CASE("a summary shows layers, shapes and parameters, and leaves no trace") {
  nn::Sequential model(nn::Conv2d(1, 4, 3), nn::ReLU(), nn::Flatten(), nn::Dropout(0.5),
                       nn::Linear(36, 10));
  model.initialise(1);
  nn::Module dropout = model.modules()[4].module;
  dropout.eval();  // as one that was frozen
  std::string table = nn::summary(model, Tensor::zeros({2, 1, 5, 5}));
  CHECK(table ==
        "layer         output          parameters\n"
        "Sequential    [2, 10]                   \n"
        "0: Conv2d     [2, 4, 3, 3]            40\n"
        "1: ReLU       [2, 4, 3, 3]              \n"
        "2: Flatten    [2, 36]                   \n"
        "3: Dropout    [2, 36]                   \n"
        "4: Linear     [2, 10]                370\n"
        "all                                  410\n");
  CHECK(model.training());
  CHECK(!dropout.training());
  CHECK_THROWS_AS(nn::summary(model, Tensor::zeros({2, 2, 5, 5})), Error);
  CHECK(model.training());
  nn::Linear tied(3, 3);
  nn::Sequential twice(tied, tied);
  twice.initialise(1);
  CHECK(contains(nn::summary(twice, Tensor::zeros({1, 3})), " 12\n"));
}
