// Gradients of reductions, other shapes, orders and running products. A sine makes second
// derivatives of what is linear.
#include "support/gradient_check.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/norm.h"
#include "tutti/ops/product.h"
#include "tutti/ops/roll.h"
#include "tutti/ops/scatter.h"
#include "tutti/ops/sort.h"
#include "tutti/ops/triangle.h"

using namespace tutti;
using namespace tutti::test;

namespace {

Variable with_zeros() {
  return Variable(
      Tensor::from(std::vector<double>{0.5, 0, -1.5, 2, 0, 0.7, 0, 1.1, -0.9, 1.3, 0.4, -0.6},
                   {3, 4}, device),
      true);
}

}  // namespace

TEST_CASE("gradients of norms, logsumexp and products") {
  device = TUTTI_EACH_DEVICE;
  const Inputs x{input({2, 3, 4})};
  check_gradients([](const Inputs& in) { return sin(logsumexp(in[0], {0, 2})); }, x);
  for (double p : {1.0, 2.0, std::numeric_limits<double>::infinity()})
    check_gradients([=](const Inputs& in) { return sin(norm(in[0], p, {1}, true)); }, x);
  check_gradients([](const Inputs& in) { return sin(min(in[0], {0, 1})); }, x);
  check_gradients([](const Inputs& in) { return sin(prod(in[0], {0, 2})); }, x);
  check_gradients([](const Inputs& in) { return sin(prod(in[0], {1})); }, {with_zeros()});
}

TEST_CASE("gradients of running products and linear recurrences") {
  device = TUTTI_EACH_DEVICE;
  for (bool reverse : {false, true})
    for (int axis : {0, 1}) {
      check_gradients([=](const Inputs& in) { return sin(cumprod(in[0], axis, reverse)); },
                      {with_zeros()});
      check_gradients(
          [=](const Inputs& in) { return sin(linear_recurrence(in[0], in[1], axis, reverse)); },
          {with_zeros(), input({3, 4}, -1, 1, 2)});
    }
}

TEST_CASE("gradients of margins, repetition and triangles") {
  device = TUTTI_EACH_DEVICE;
  const Inputs x{input({2, 3, 2})};
  check_gradients([](const Inputs& in) { return sin(pad(in[0], {1, 0, 2}, {0, 1, 1}, 0.3)); }, x);
  check_gradients([](const Inputs& in) { return sin(repeat(in[0], {2, 1, 3})); }, x);
  check_gradients([](const Inputs& in) { return sin(roll(in[0], {1, -1}, {1, 2}) * in[0]); }, x);
  check_gradients([](const Inputs& in) { return sin(tril(in[0])); }, x);
  check_gradients([](const Inputs& in) { return sin(triu(in[0], 1)); }, x);
  check_gradients([](const Inputs& in) { return sin(flatten(unsqueeze(in[0], 1), 2, -1)); }, x);
}

TEST_CASE("gradients of what is put in place and of what is in order") {
  device = TUTTI_EACH_DEVICE;
  const Inputs xv{input({3, 4}), input({3, 2}, -1, 1, 2)};
  const Tensor at = Tensor::from(std::vector<std::int64_t>{3, 3, 0, 1, 2, 2}, {3, 2}).to(device);
  check_gradients([=](const Inputs& in) { return sin(scatter(in[0], 1, at, in[1])); }, xv);
  check_gradients([=](const Inputs& in) { return sin(scatter_add(in[0], 1, at, in[1])); }, xv);
  check_gradients([=](const Inputs& in) { return sin(scatter(in[0], 1, at, 0.5)); }, {xv[0]});
  check_gradients([](const Inputs& in) { return sin(sort(in[0], 0, true).values); }, {xv[0]});
  check_gradients([](const Inputs& in) { return sin(topk(in[0], 2).values); }, {xv[0]});
  const Tensor mask = greater(xv[0], 0.2);
  check_gradients([=](const Inputs& in) { return sin(masked_fill(in[0], mask, 2)); }, {xv[0]});
}

TEST_CASE("gradients of more elementwise functions") {
  device = TUTTI_EACH_DEVICE;
  const Inputs x{input({7}, -0.5, 2)};
  check_gradients([](const Inputs& in) { return log1p(in[0]); }, x);
  check_gradients([](const Inputs& in) { return expm1(in[0]); }, x);
  check_gradients([](const Inputs& in) { return sin(leaky_relu(in[0], 0.1)); }, x);
  check_gradients([](const Inputs& in) { return sin(elu(in[0], 1.5)); }, x);
  check_gradients([](const Inputs& in) { return sin(relu6(in[0] * 8.0)); }, x);
}
