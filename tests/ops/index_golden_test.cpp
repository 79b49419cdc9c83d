// Running sums and choices of elements, and their gradients, against PyTorch's.
#include "golden/embedding.h"
#include "golden/indexing.h"
#include "support/golden_numbers.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/cumulative.h"
#include "tutti/ops/gather.h"
#include "tutti/ops/index_select.h"
#include "tutti/ops/where.h"

using namespace tutti;
using namespace tutti::test;

namespace {

Variable leaf(std::int64_t array, const Shape& shape) {
  return Variable(golden_input(array, shape), true);
}

// factor * i mod modulus for each element i.
Tensor stepped(std::int64_t factor, std::int64_t modulus, const Shape& shape) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < shape.count(); ++i) values.push_back(factor * i % modulus);
  return Tensor::from(values, shape);
}

void check_value(const Variable& y, std::span<const double> expected) {
  CHECK(golden_difference(y.value(), expected) < 1e-13);
}

void check_gradient(const Variable& y, const Variable& x, std::span<const double> expected) {
  Variable seed(golden_input(1, y.shape()));
  check_value(grad(y, {x}, {.retain = true, .seed = seed})[0], expected);
}

}  // namespace

TEST_CASE("running sums as PyTorch's") {
  using namespace golden::indexing;
  Variable x = leaf(0, {3, 4, 2});
  const std::span<const double> sums[] = {cumsum0_y, cumsum1_y, cumsum2_y};
  const std::span<const double> gradients[] = {cumsum0_dx, cumsum1_dx, cumsum2_dx};
  for (int axis : {0, 1, 2}) {
    Variable y = cumsum(x, axis);
    check_value(y, sums[axis]);
    check_gradient(y, x, gradients[axis]);
  }
}

TEST_CASE("choices of elements as PyTorch's") {
  using namespace golden::indexing;
  Variable x = leaf(0, {3, 4, 2}), b = leaf(2, {4, 1});
  Variable gathered = gather(x, 1, stepped(3, 4, {3, 5, 2}));
  check_value(gathered, gather_y);
  check_gradient(gathered, x, gather_dx);
  Variable rows = index_select(x, 0, Tensor::from(std::vector<std::int64_t>{2, 0, 2}, {3}));
  check_value(rows, index_select_y);
  check_gradient(rows, x, index_select_dx);
  Variable chosen = where(stepped(5, 3, {3, 1, 2}), x, b);
  check_value(chosen, where_y);
  check_gradient(chosen, x, where_da);
  check_gradient(chosen, b, where_db);
}

TEST_CASE("rows of a table as PyTorch's embedding") {
  using namespace golden::embedding;
  Variable table = leaf(0, {6, 3});
  Variable rows = index_select(table, 0, stepped(3, 5, {2, 4}));
  REQUIRE(rows.shape() == Shape{2, 4, 3});
  check_value(rows, y);
  check_gradient(rows, table, dtable);
}
