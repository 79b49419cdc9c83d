// Gradients of what joins, cuts, looks up and chooses elements. All but the extrema are linear in
// their inputs: a sine makes second derivatives of them.
#include "support/gradient_check.h"
#include "tutti/ops/clamp.h"
#include "tutti/ops/cumulative.h"
#include "tutti/ops/gather.h"
#include "tutti/ops/index_select.h"
#include "tutti/ops/split.h"
#include "tutti/ops/where.h"

using namespace tutti;
using namespace tutti::test;

namespace {

Tensor indices(const std::vector<std::int64_t>& values, const Shape& shape) {
  return Tensor::from(values, shape);
}

}  // namespace

TEST_CASE("gradients of concat and stack") {
  Inputs x{input({2, 3}), input({2, 1}, -1, 1, 2), input({2, 0}), input({2, 3}, -1, 1, 3)};
  check_gradients([](const Inputs& in) { return sin(concat({in[0], in[1], in[2], in[0]}, 1)); }, x);
  check_gradients(
      [](const Inputs& in) {
        return sin(concat({transpose(in[0]), transpose(in[3])}, -1));
      },
      x);
  for (int axis : {0, 1, -1})
    check_gradients([=](const Inputs& in) { return sin(stack({in[0], in[3], in[0]}, axis)); }, x);
}

TEST_CASE("gradients of split, of which some parts are not used") {
  Inputs x{input({3, 5})};
  check_gradients([](const Inputs& in) { return split(in[0], {2, 0, 1, 2}, 1)[3] * 2.0; }, x);
  check_gradients(
      [](const Inputs& in) {
        std::vector<Variable> parts = split(in[0], 2, -1);
        return parts[0] * parts[1] + sin(parts[2]);
      },
      x);
  check_gradients([](const Inputs& in) { return select(in[0], 1, -2) * select(in[0], -1, 0); }, x);
}

TEST_CASE("gradients of index_select, with rows looked up again and never") {
  Inputs x{input({4, 3})};
  check_gradients(
      [](const Inputs& in) {
        return sin(index_select(in[0], 0, indices({2, 0, 2, 2}, {2, 2})));
      },
      x);
  check_gradients(
      [](const Inputs& in) {
        return sin(index_select(in[0], 1, indices({1, 1}, {2})));
      },
      x);
  check_gradients([](const Inputs& in) { return sin(index_select(in[0], -1, indices({2}, {}))); },
                  x);
}

TEST_CASE("gradients of flip") {
  check_gradients([](const Inputs& in) { return sin(in[0] * flip(in[0], 1)); }, {input({2, 3})});
}

TEST_CASE("gradients of gather") {
  Inputs x{input({3, 4})};
  check_gradients(
      [](const Inputs& in) {
        return sin(gather(in[0], 1, indices({3, 3, 0, 1}, {2, 2})));
      },
      x);
  check_gradients(
      [](const Inputs& in) {
        return sin(gather(in[0], 0, indices({2, 2, 0, 1}, {1, 4})));
      },
      x);
}

TEST_CASE("gradients of where, which broadcasts") {
  Tensor condition = Tensor::from(std::vector<std::uint8_t>{1, 0, 1}, {3, 1});
  Inputs x{input({2, 3, 4}), input({4}, -1, 1, 2)};
  check_gradients([=](const Inputs& in) { return sin(where(condition, in[0], in[1])); }, x);
  check_gradients([=](const Inputs& in) { return sin(where(condition, 2, in[0])); }, {x[1]});
  check_gradients([](const Inputs& in) { return where(less(in[0], 0), in[0] * in[0], in[1]); }, x);
}

TEST_CASE("what where does not choose gets gradient 0, not NaN times 0") {
  Variable x(Tensor::from(std::vector<double>{NAN, 4, INFINITY}, {3}), true);
  Variable y(Tensor::full({}, 7, Dtype::f64), true);
  std::vector<Variable> g = grad(sum(where(equal(x, 4), x, y) * x.detach()), {x, y});
  CHECK(g[0].value().to_vector<double>() == std::vector<double>{0, 4, 0});
  CHECK(std::isnan(g[1].item()));  // the gradient that came in is NaN there
}

TEST_CASE("gradients of bounds and extrema") {
  Inputs ab{input({3, 4}), input({4}, -1, 1, 2)};
  check_gradients([](const Inputs& in) { return sin(clamp(in[0], -0.5, 0.6)); }, ab);
  check_gradients([](const Inputs& in) { return sin(maximum(in[0], in[1])); }, ab);
  check_gradients([](const Inputs& in) { return sin(minimum(in[0], in[1])); }, ab);
  check_gradients([](const Inputs& in) { return sin(min(in[0], {0}, true)); }, ab);
  check_gradients([](const Inputs& in) { return var(in[0], {1}); }, ab);
  Variable x(Tensor::full({1}, 3, Dtype::f64), true), y(Tensor::full({1}, 3, Dtype::f64), true);
  for (const Variable& result : {maximum(x, y), minimum(x, y)})
    for (const Variable& g : grad(result, {x, y})) CHECK(g.item() == 0.5);
}

TEST_CASE("gradients of running sums") {
  Inputs x{input({2, 3, 4})};
  for (int axis : {0, 1, -1})
    check_gradients([=](const Inputs& in) { return sin(cumsum(in[0], axis)); }, x);
}
