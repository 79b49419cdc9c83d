// Clipping by the norm against PyTorch's numbers, the norm's bits, and clipping by value.
#include "tutti/optim/clip.h"

#include <cmath>

#include "support/catch.h"
#include "support/errors.h"
#include "support/golden.h"
#include "tutti/base/parallel_for.h"
#include "tutti/ops/arithmetic.h"
#include "tutti/optim/optimizer.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

// A leaf whose gradient is this tensor.
Variable with_gradient(const Tensor& gradient) {
  Variable leaf(Tensor::zeros(gradient.shape(), gradient.dtype()), true);
  leaf.backward({.seed = gradient});
  return leaf;
}

}  // namespace

// PyTorch divides by norm + 1e-6, which is made good here. The norms and a factor are rounded a few
// times, in an order of their own: 1e-13 is 450 roundings of f64.
TEST_CASE("clipping by the norm is PyTorch's") {
  const test::Golden golden("clip_grad_norm", "three");
  const double norm = golden.number("norm");
  std::vector<Variable> leaves;
  for (const char* name : {"g0", "g1", "g2"}) leaves.push_back(with_gradient(golden.tensor(name)));
  const std::vector<Parameter> parameters = optim::numbered(leaves);
  CHECK(optim::grad_norm(parameters) == Approx(norm).epsilon(1e-14));
  CHECK(optim::clip_grad_norm(parameters, 2) == optim::grad_norm(parameters));
  CHECK(test::largest_difference(parameters[1].grad(), golden.tensor("g1")) == 0);
  CHECK(optim::clip_grad_norm(parameters, 1) == Approx(norm).epsilon(1e-14));
  CHECK(optim::grad_norm(parameters) == Approx(1).epsilon(1e-14));
  for (std::size_t p = 0; p < 3; ++p) {
    const Tensor clipped = golden.tensor(text("clipped", p)) * ((norm + 1e-6) / norm);
    CHECK(test::largest_difference(parameters[p].grad(), clipped) < 1e-13);
  }
}

TEST_CASE("a norm that is not finite, absent gradients and bad bounds") {
  Variable none(Tensor::zeros({3}), true);
  CHECK(optim::grad_norm(optim::numbered(std::array{none})) == 0);
  CHECK(optim::clip_grad_norm(optim::numbered(std::array{none}), 1) == 0);
  Variable large = with_gradient(Tensor::full({3}, 1e30));  // its squares overflow f32
  auto parameters = optim::numbered(std::array{none, large});
  CHECK(optim::clip_grad_norm(parameters, 1) == Approx(std::sqrt(3) * 1e30));
  CHECK(large.grad().to_vector<float>()[0] == Approx(1 / std::sqrt(3)));
  for (double bad : {HUGE_VAL, std::nan("")}) {
    Variable broken = with_gradient(Tensor::full({2}, bad));
    auto both = optim::numbered(std::array{large, broken});
    CHECK(!std::isfinite(optim::clip_grad_norm(both, 1e-3)));
    CHECK(large.grad().to_vector<float>()[0] == Approx(1 / std::sqrt(3)));
  }
  for (double bound : {0.0, -1.0, std::nan("")})
    CHECK(contains(error_of([&] { optim::clip_grad_norm(parameters, bound); }), "max_norm"));
}

TEST_CASE("the norm's bits do not depend on the number of threads") {
  std::vector<float> values;
  for (int i = 0; i < 300'001; ++i) values.push_back(static_cast<float>(std::sin(i)));
  auto parameters = optim::numbered(std::array{with_gradient(Tensor::from(values, {300'001})),
                                               with_gradient(Tensor::full({11}, 0.3, Dtype::f64))});
  const int before = thread_count();
  std::vector<double> norms;
  for (int threads : {1, 2, 3, 5}) {
    set_thread_count(threads);
    norms.push_back(optim::grad_norm(parameters));
  }
  set_thread_count(before);
  CHECK(norms == std::vector<double>(4, norms[0]));
  double square = 0;
  for (float value : values) square += static_cast<double>(value) * value;
  square += 11 * 0.3 * 0.3;
  CHECK(norms[0] == Approx(std::sqrt(square)).epsilon(1e-12));
}

TEST_CASE("clipping by value keeps what lies between, and NaN") {
  const double inf = HUGE_VAL;
  Tensor values = Tensor::from(
      std::vector<double>{-3, -0.5, 0, 0.25, 0.5, 0.75, inf, -inf, std::nan("")}, {3, 3});
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    Variable none(Tensor::zeros({3}), true), leaf = with_gradient(values.to(dtype));
    optim::clip_grad_value(optim::numbered(std::array{none, leaf}), 0.5);
    std::vector<double> found = leaf.grad().to(Dtype::f64).to_vector<double>();
    CHECK(std::isnan(found.back()));
    found.pop_back();
    CHECK(found == std::vector<double>{-0.5, -0.5, 0, 0.25, 0.5, 0.5, 0.5, -0.5});
    CHECK(!none.grad());
  }
  for (double bound : {0.0, -1.0, std::nan("")})
    CHECK(contains(error_of([&] { optim::clip_grad_value({}, bound); }),
                   "clip_grad_value: found max_value"));
}
