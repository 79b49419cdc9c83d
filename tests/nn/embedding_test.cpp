// Rows of a table as a layer.
#include "tutti/nn/embedding.h"

#include "support/catch.h"
#include "support/errors.h"

using namespace tutti;
using test::contains;
using test::error_of;

TEST_CASE("an embedding gives a row for each token, and rows that come twice get both gradients") {
  nn::Embedding table(4, 2);
  table.initialise(1);
  table.parameters("weight")[0].set_value(
      Tensor::from<float>({0, 1, 10, 11, 20, 21, 30, 31}, {4, 2}));
  const Tensor tokens = Tensor::from<std::int64_t>({3, 1, 3, 0, 0, 3}, {2, 3});
  const Variable y = table(Variable(tokens));
  CHECK(y.shape() == Shape{2, 3, 2});
  CHECK(y.value().to_vector<float>() ==
        std::vector<float>{30, 31, 10, 11, 30, 31, 0, 1, 0, 1, 30, 31});
  sum(y).backward();
  CHECK(table.weight().grad().to_vector<float>() == std::vector<float>{2, 2, 1, 1, 0, 0, 3, 3});
  CHECK(contains(error_of([&] { table(Variable(Tensor::full({1}, 4, Dtype::i64))); }), "4"));
}

TEST_CASE("its rows start from the normal distribution, as PyTorch's") {
  nn::Embedding table(500, 40);
  table.initialise(7);
  double sum = 0, squares = 0;
  for (float w : table.weight().value().to_vector<float>()) sum += w, squares += w * w;
  // Of 20,000 numbers the mean errs by 1 / 141, the variance by 1 / 100.
  CHECK(std::abs(sum / 20000) < 5.0 / 141);
  CHECK(std::abs(squares / 20000 - 1) < 0.05);
}
