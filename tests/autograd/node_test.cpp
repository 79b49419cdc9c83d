// Nodes of the general form: several outputs, optional inputs; and how tapes die.
#include "tutti/autograd/node.h"

#include "support/gradient_check.h"
#include "support/quick.h"

using namespace tutti;

namespace {

// a * b and exp(a), which it saves. `seen` counts the gradients that backward got.
struct ProductAndExp {
  static constexpr std::string_view name = "product_and_exp";
  int* seen = nullptr;
  std::vector<Tensor> forward(Saving& saving, std::span<const Tensor> in) const {
    saving.input(0), saving.input(1), saving.output(1);
    return {in[0] * in[1], exp(in[0])};
  }
  template <class V>
  void backward(Pass<V>& pass) const {
    const V &product = pass.gradients[0], &e = pass.gradients[1];
    if (seen) *seen += bool(product) + bool(e);
    if (pass.needs[0]) {
      V a = product ? product * pass.inputs[1] : V(), b = e ? e * pass.outputs[1] : V();
      pass.results[0] = a && b ? a + b : a ? a : b;
    }
    if (pass.needs[1] && product) pass.results[1] = product * pass.inputs[0];
  }
};

// scale * (a + b), where b may be left out.
struct ScaledSum {
  static constexpr std::string_view name = "scaled_sum";
  double scale;
  std::vector<Tensor> forward(Saving&, std::span<const Tensor> in) const {
    return {(in[1] ? in[0] + in[1] : in[0]) * scale};
  }
  template <class V>
  void backward(Pass<V>& pass) const {
    for (std::size_t i = 0; i < 2; ++i)
      if (pass.needs[i]) pass.results[i] = pass.gradients[0] * scale;
  }
};

std::vector<Variable> both(const Variable& a, const Variable& b, int* seen = nullptr) {
  return apply_list(ProductAndExp{seen}, std::vector<Variable>{a, b});
}
Variable scaled_sum(const Variable& a, const Variable& b) {
  return apply_list(ScaledSum{3}, std::vector<Variable>{a, b})[0];
}

}  // namespace

TEST_CASE("an op with two outputs, of which one, the other or both are used") {
  test::Inputs x{test::input({2, 3}), test::input({2, 3}, 1, 2, 2)};
  test::check_gradients([](const auto& in) { return both(in[0], in[1])[0]; }, x);
  test::check_gradients([](const auto& in) { return both(in[0], in[1])[1]; }, x);
  test::check_gradients(
      [](const auto& in) {
        auto out = both(in[0], in[1]);
        return out[1] * out[0] + out[1];
      },
      x);
  int seen = 0;
  sum(both(x[0], x[1], &seen)[1]).backward();
  CHECK(seen == 1);
  CHECK(x[0].grad());
  CHECK(!x[1].grad());  // its gradient is empty, which counts as 0
  auto out = both(x[0], x[1], &seen);
  sum(out[0] + out[1]).backward();
  CHECK(seen == 3);
}

TEST_CASE("hooks and grad tell the outputs of a node apart") {
  Variable a = test::input({2}), b = test::input({2}, 1, 2, 2);
  auto out = both(a, b);
  double first = 0, second = 0;
  out[0].add_hook([&](const Variable& g) { return first += sum(g).item(), g; });
  out[1].add_hook([&](const Variable& g) { return second += sum(g).item(), g * 10.0; });
  Variable y = sum(out[0] * 2.0) + sum(out[1] * 3.0);
  std::vector<Variable> g = grad(y, {out[1], out[0], a});
  CHECK(first == 4);
  CHECK(second == 6);
  CHECK(sum(g[0]).item() == 60);
  CHECK(sum(g[1]).item() == 4);
}

TEST_CASE("an optional input may be empty") {
  Variable a = test::input({3}), b = test::input({3}, -1, 1, 2);
  test::check_gradients([](const auto& in) { return sin(scaled_sum(in[0], in[1])); }, {a, b});
  test::check_gradients([](const auto& in) { return sin(scaled_sum(in[0], Variable())); }, {a});
  sum(scaled_sum(b.detach(), a)).backward();
  CHECK(a.grad().to_vector<double>() == std::vector<double>(3, 3));
}

// A destructor that called itself would overflow the stack long before.
TEST_CASE("a million nodes die without recursion") {
  const int length = test::rounds(1'000'000);
  Variable x(Tensor::full({}, 1, Dtype::f64), true);
  {
    Variable y = x;
    for (int i = 0; i < length; ++i) y = -y;
    y.backward();
    CHECK(x.grad().item() == (length % 2 ? -1 : 1));
  }
  {
    Variable y = x;
    for (int i = 0; i < length / 4; ++i) y = scaled_sum(y, y);
  }
  // A branch that is still held survives the rest.
  Variable kept;
  {
    Variable y = x * 3.0;
    for (int i = 0; i < 1000; ++i) {
      if (i == 500) kept = y;
      y = y + y;
    }
  }
  x.zero_grad();
  (kept * 0x1p-500).backward();
  CHECK(x.grad().item() == 3);
}
