// A backward within a backward's hook, and what the sinks of leaves are told.
#include "support/catch.h"
#include "support/errors.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/arithmetic.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

struct Recorder : GradientSink {
  std::string told;
  bool fails = false;
  void expect(std::size_t index, double) override { told += text("expect ", index, "; "); }
  void ready(std::size_t index) override { told += text("ready ", index, "; "); }
  void finish() override {
    told += "finish; ";
    if (fails) raise("no");
  }
  void abandon() noexcept override { told += "abandon; "; }
  void replace(std::size_t, const Tensor&) override {}
  void use(std::size_t, std::uint64_t) override {}
};

struct Leaves {
  std::shared_ptr<Recorder> sink = std::make_shared<Recorder>();
  Variable a = leaf(2, 0), b = leaf(5, 1);
  Variable leaf(double value, std::size_t index) {
    Variable out(Tensor::full({}, value, Dtype::f64), true);
    out.slot().sink = sink;
    out.slot().index = index;
    return out;
  }
};

// y, whose backward first runs another one from `inner`.
Variable with_inner(Variable y, const Variable& inner) {
  y.add_hook([inner](const Variable& g) {
    inner.backward();
    return g;
  });
  return y;
}

}  // namespace

TEST_CASE("sinks are told of each leaf as it is complete, and finish once") {
  Leaves leaves;
  (leaves.a * leaves.a * leaves.b).backward();
  CHECK(leaves.sink->told == "expect 1; ready 1; expect 0; ready 0; finish; ");
  CHECK(leaves.a.grad().item() == 20);
}

TEST_CASE("a backward within a backward belongs to it") {
  Leaves leaves;
  with_inner(leaves.a * 3.0, leaves.b * leaves.b).backward();
  CHECK(leaves.sink->told == "expect 1; expect 0; ready 0; finish; ");
  CHECK(leaves.a.grad().item() == 3);
  CHECK(leaves.b.grad().item() == 10);
}

TEST_CASE("a leaf that both backwards reach is ready once, with both gradients") {
  Leaves leaves;
  Variable inner = with_inner(leaves.a * leaves.b, leaves.a * 100.0);
  with_inner(leaves.a * 3.0, inner).backward();
  CHECK(leaves.sink->told == "expect 0; expect 0; expect 1; expect 0; ready 0; finish; ");
  CHECK(leaves.a.grad().item() == 3 + 5 + 100);
  CHECK(leaves.b.grad().item() == 2);
}

TEST_CASE("a sink learns that its backward ended in an Error") {
  Leaves leaves;
  // The leaf b is reached first, then the stale product throws.
  Variable product = leaves.a * leaves.a;
  Variable y = product + leaves.b;
  leaves.a.value().fill(3);
  CHECK(contains(error_of([&] { y.backward(); }), "version"));
  CHECK(leaves.sink->told == "expect 1; ready 1; abandon; ");
  leaves.sink->told.clear();
  leaves.sink->fails = true;
  CHECK_THROWS_AS((leaves.b * 2.0).backward(), Error);
  CHECK(leaves.sink->told == "expect 1; ready 1; finish; abandon; ");
}

TEST_CASE("a hook that gives another shape or dtype is an error") {
  Variable x(Tensor::full({2}, 1), true);
  auto error = [&](const Variable::Hook& hook) {
    Variable y = x * 2.0;
    y.add_hook(hook);
    return error_of([&] { y.backward({.seed = Tensor::full({2}, 1)}); });
  };
  auto shape = [](const Variable&) { return Variable(Tensor::zeros({3})); };
  auto dtype = [](const Variable& g) { return Variable(g.value().to(Dtype::f64)); };
  auto nothing = [](const Variable&) { return Variable(); };
  CHECK(contains(error(shape), "hook"));
  CHECK(contains(error(dtype), "f64"));
  CHECK(contains(error(nothing), "none"));
  CHECK(error([](const Variable& g) { return g; }).empty());
}
