// What an op's row says, against counts by hand.
#include "op_row.h"

#include "support/catch.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/matmul.h"
#include "tutti/optim/adam.h"

using namespace tutti;
using namespace tutti::bench;

namespace {

Variable add(const Inputs& in) {
  return in[0] + in[1];
}

double two_a_row(const std::vector<Shape>& inputs, const Shape& output) {
  return static_cast<double>(2 * inputs[0][0] + output.count());
}

}  // namespace

TEST_CASE("a row counts what forward and backward must move and multiply", "[bench]") {
  // x [3, 5], y [5] and their sum: 15, 5 and 15 elements of 4 bytes.
  OpCase what{"add", {{3, 5}, {5}}, add, Moves::gradients, two_a_row};
  const auto bytes_where = [&](Moves moves) {
    what.backward = moves;
    return measure(what, 3).backward->bytes;
  };
  const OpRow row = measure(what, 3);
  CHECK(row.op == "add");
  CHECK(row.forward.bytes == 4 * (15 + 5 + 15));
  CHECK(row.forward.operations == 21);
  REQUIRE(row.backward.has_value());
  CHECK(row.backward->bytes == 4 * (15 + 15 + 5));
  CHECK(row.backward->operations == 42);
  CHECK(row.forward.seconds > 0);
  CHECK(row.backward->seconds > 0);
  CHECK(bytes_where(Moves::nothing) == 0);
  CHECK(bytes_where(Moves::reduced) == 4 * (15 + 5));
  CHECK(bytes_where(Moves::inputs) == 4 * (15 + 2 * (15 + 5)));
  CHECK(bytes_where(Moves::output) == 4 * (2 * 15 + 15 + 5));
  CHECK(bytes_where(Moves::both) == 4 * (2 * 15 + 2 * (15 + 5)));

  // Bytes bound forward here, operations backward.
  const Roofline roofline{.bandwidth = 140.0 / 3, .sgemm = {{"", 42.0 / 4}, {"", 1}}};
  CHECK(row.roof_seconds(roofline) == Approx(3 + 4));
  CHECK(row.total().bytes == row.forward.bytes + row.backward->bytes);
}

TEST_CASE("labels are loaded, too", "[bench]") {
  const OpCase what{"pick",         {{4, 3}}, [](const Inputs& in) { return in[0] * 2.0; },
                    Moves::nothing, none,     {{6}, 3}};
  CHECK(measure(what, 1).forward.bytes == 4 * (12 + 12) + 8 * 6);
}

TEST_CASE("a step of Adam passes over the parameter, its gradient and two moments", "[bench]") {
  const UpdateCase what{"adam",
                        {7, 3},
                        [](const std::vector<Parameter>& of) -> std::unique_ptr<optim::Optimizer> {
                          return std::make_unique<optim::Adam>(of);
                        },
                        2};
  const OpRow row = measure(what, 2);
  CHECK(row.forward.bytes == 4 * 21 * 7);  // loads 4, stores 3
  CHECK(!row.backward);
}

TEST_CASE("an op whose values are not finite is not timed", "[bench]") {
  const OpCase what{"divide", {{2}}, [](const Inputs& in) { return in[0] / 0.0; }};
  CHECK_THROWS_WITH(measure(what, 1), Catch::Contains("in what divide gave, expected a finite"));
}
