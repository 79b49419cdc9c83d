// What recording and differentiating an op asks of the heap.
#include "support/allocations.h"

#include "support/catch.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/arithmetic.h"

using namespace tutti;

TEST_CASE("an add of one element takes at most 6 allocations, forward and backward") {
  Variable x(Tensor::full({1}, 2), true), y(Tensor::full({1}, 3), true);
  auto pass = [&] {
    (x + y).backward();
    x.zero_grad();
    y.zero_grad();
  };
  pass();
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t before = test::allocations();
    pass();
    CHECK(test::allocations() - before <= 6);
  }
  x.zero_grad();
  y.zero_grad();
  (x + y).backward();
  CHECK(x.grad().item() == 1);
  CHECK(y.grad().item() == 1);
}
