// Running sums and choices of elements, and their gradients, against PyTorch's.
#include <map>

#include "support/catch.h"
#include "support/golden.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/cumulative.h"
#include "tutti/ops/gather.h"
#include "tutti/ops/index_select.h"
#include "tutti/ops/where.h"

using namespace tutti;
using test::Golden;
using test::largest_difference;

namespace {

using Op = Variable(const Golden& golden, const Variable& x, const Variable& b);

const std::map<std::string, Op*> ops{
    {"cumsum0", [](const Golden&, const Variable& x, const Variable&) { return cumsum(x, 0); }},
    {"cumsum1", [](const Golden&, const Variable& x, const Variable&) { return cumsum(x, 1); }},
    {"cumsum2", [](const Golden&, const Variable& x, const Variable&) { return cumsum(x, 2); }},
    {"gather", [](const Golden& golden, const Variable& x,
                  const Variable&) { return gather(x, 1, golden.tensor("index")); }},
    {"index_select", [](const Golden& golden, const Variable& x,
                        const Variable&) { return index_select(x, 0, golden.tensor("index")); }},
    {"embedding", [](const Golden& golden, const Variable& x,
                     const Variable&) { return index_select(x, 0, golden.tensor("index")); }},
    {"where", [](const Golden& golden, const Variable& x,
                 const Variable& b) { return where(golden.tensor("condition"), x, b); }},
};

}  // namespace

// A handful of numbers is added: the results are within some roundings of f64.
TEST_CASE("running sums and choices of elements are PyTorch's") {
  REQUIRE(Golden::names("indexing").size() == ops.size());
  for (const auto& [name, op] : ops) {
    INFO(name);
    const Golden golden("indexing", name);
    Variable x(golden.tensor("x"), true), b;
    if (golden.has("b")) b = Variable(golden.tensor("b"), true);
    Variable y = op(golden, x, b);
    CHECK(largest_difference(y.value(), golden.tensor("y")) < 1e-14);
    y.backward({.seed = golden.tensor("dy")});
    CHECK(largest_difference(x.grad(), golden.tensor("dx")) < 1e-14);
    if (b) CHECK(largest_difference(b.grad(), golden.tensor("db")) < 1e-14);
  }
}
