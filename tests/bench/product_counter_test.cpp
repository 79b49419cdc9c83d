// The products of linear layers, counted as they run.
#include "product_counter.h"

#include "support/catch.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/matmul.h"

using namespace tutti;
using namespace tutti::bench;

TEST_CASE("linear ops are counted by their products", "[bench]") {
  const Variable x(Tensor::randn({2, 3, 5}, 1));  // as a batch: wants no gradient
  const Variable first(Tensor::randn({7, 5}, 2), true), second(Tensor::randn({4, 7}, 3), true);
  ProductCounter products;
  {
    const OpObserverScope scope(products);
    for (int step = 0; step < 2; ++step) sum(linear(relu(linear(x, first)), second)).backward();
    linear(x, first);  // nothing goes back through it
  }
  const std::map<Product, std::int64_t> expected{
      {{.m = 6, .n = 7, .k = 5, .b_transposed = true}, 2},  // forward
      {{.m = 7, .n = 5, .k = 6, .a_transposed = true}, 2},  // the weight's gradient
      {{.m = 6, .n = 4, .k = 7, .b_transposed = true}, 2},
      {{.m = 4, .n = 7, .k = 6, .a_transposed = true}, 2},
      {{.m = 6, .n = 7, .k = 4}, 2},  // the input's
  };
  CHECK(products.counts() == expected);
  CHECK(products.operations() == 2 * 2 * (2 * 6 * 7 * 5 + 3 * 6 * 4 * 7));
  CHECK(products.best_seconds(2) > 0);
}
