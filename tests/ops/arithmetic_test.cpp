#include "tutti/ops/arithmetic.h"

#include <cmath>
#include <limits>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/autograd/gradient_check.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/reduction.h"

using namespace tutti;

TEST_CASE("compound assignment binds the handle on the left to the result") {
  Tensor a = Tensor::full({2}, 3), same = a;
  a += Tensor::full({2}, 1);
  a *= 2;
  a -= 4;
  a /= Tensor::full({2, 1}, 4);
  CHECK(a.shape() == Shape{2, 2});
  CHECK(a.to_vector<float>() == std::vector<float>{1, 1, 1, 1});
  CHECK(same.to_vector<float>() == std::vector<float>{3, 3});
}

TEST_CASE("a number is divided by values") {
  const Tensor x = Tensor::from({1.0f, -3.0f, 0.1f, 0.0f}, {2, 2});
  const std::vector<float> found = (2 / x).to_vector<float>();
  CHECK(found ==
        std::vector<float>{2, 2.0f / -3.0f, 2.0f / 0.1f, std::numeric_limits<float>::infinity()});
  CHECK((1 / Tensor::ones({3}, Dtype::bf16)).dtype() == Dtype::bf16);
  CHECK((1 / Tensor::zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(test::contains(test::error_of([] { 1 / Tensor::ones({2}, Dtype::i64); }),
                       "divide: found dtype i64"));
  const Variable v(Tensor::from({0.7, -1.3, 2.9}, {3}), true);
  gradient_check([](const std::vector<Variable>& in) { return 1.5 / in[0]; }, {v});
  // d(c / v) = -c / v^2.
  const auto g = grad(sum(1.5 / v), {v})[0].value().to_vector<double>();
  CHECK(g[1] == Approx(-1.5 / 1.69));
}

TEST_CASE("division by a number rounds once") {
  std::vector<float> values;
  for (int i = 1; i <= 1000; ++i) values.push_back(static_cast<float>(i) * 0.37f);
  const Tensor x = Tensor::from(values, {1000});
  for (double divisor : {3.0, 7.0, 0.1, 1e30}) {
    const std::vector<float> found = (x / divisor).to_vector<float>();
    for (std::size_t i = 0; i < values.size(); ++i)
      CHECK(found[i] == values[i] / static_cast<float>(divisor));
  }
  const std::vector<float> means =
      mean(Tensor::from(std::vector<float>{1, 1, 5}, {3})).to_vector<float>();
  CHECK(means[0] == 7.0f / 3);
}

TEST_CASE("products with a number and negations keep the sign of a zero") {
  const Tensor x = Tensor::from(std::vector<float>{0, -0.0f}, {2});
  auto signs = [](const Tensor& y) {
    const std::vector<float> values = y.to_vector<float>();
    return std::vector<bool>{std::signbit(values[0]), std::signbit(values[1])};
  };
  CHECK(signs(-x) == std::vector<bool>{true, false});
  CHECK(signs(x * 2) == std::vector<bool>{false, true});
  Variable leaf(x, true);
  (leaf * 2).backward({.seed = x});
  CHECK(signs(leaf.grad()) == std::vector<bool>{false, true});
}
