#include "tutti/ops/arithmetic.h"

#include "support/catch.h"

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
