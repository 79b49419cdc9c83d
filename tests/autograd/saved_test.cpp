// What ops save for backward: how long it is kept, what writes to it do, and hooks on it.
#include "tutti/autograd/saved.h"

#include "support/catch.h"
#include "support/errors.h"
#include "support/gradient_check.h"
#include "tutti/ops/layer_norm.h"
#include "tutti/optim/sgd.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

using Values = std::vector<double>;

Values values_of(const Variable& x) {
  return x.value().to_vector<double>();
}

// Reads inputs, an output (exp) and tensors of an op's own (layer_norm).
Variable network(const Variable& x, const Variable& w) {
  return test::weighted_sum(layer_norm(exp(x * w), w, Variable(), 1e-5) * x);
}

}  // namespace

TEST_CASE("what was saved is kept while retain asks for it") {
  Variable x = test::input({3, 4}), w = test::input({4}, 1, 2);
  Variable y = network(x, w);
  Values first = values_of(grad(y, {x}, {.retain = true})[0]);
  y.backward({.retain = true});
  CHECK(x.grad().to_vector<double>() == first);
  x.zero_grad();
  y.backward();
  CHECK(x.grad().to_vector<double>() == first);
  CHECK(contains(error_of([&] { y.backward(); }), "retain"));
  Variable z = network(x, w);
  grad(z, {w});
  CHECK(contains(error_of([&] { grad(z, {w}); }), "retain"));
  // Ops that save nothing have nothing to let go.
  Variable s = sum(x + x);
  s.backward();
  CHECK_NOTHROW(s.backward());
}

TEST_CASE("what was saved is let go behind the walk") {
  std::vector<std::weak_ptr<Tensor>> saved;
  SavedTensorHooksScope scope(
      {.pack = [&](const Tensor& t) -> std::any {
         auto kept = std::make_shared<Tensor>(t);
         saved.push_back(kept);
         return kept;
       },
       .unpack =
           [](const std::any& packed) { return *std::any_cast<std::shared_ptr<Tensor>>(packed); }});
  Variable x = test::input({10});
  Variable first = exp(x), y = sum(exp(first));
  REQUIRE(saved.size() == 2);
  bool gone_behind = false, there_ahead = false;
  first.add_hook([&](const Variable& g) {
    gone_behind = saved[1].expired(), there_ahead = !saved[0].expired();
    return g;
  });
  y.backward();
  CHECK(gone_behind);
  CHECK(there_ahead);
  CHECK(saved[0].expired());
}

TEST_CASE("pack and unpack hooks carry what was saved") {
  Variable x = test::input({3, 4}), w = test::input({4}, 1, 2);
  Values expected = values_of(grad(network(x, w), {w})[0]);
  std::vector<Tensor> store;
  int unpacked = 0;
  SavedTensorHooks hooks{.pack = [&](const Tensor& t) -> std::any {
                           store.push_back(t.clone());
                           return store.size() - 1;
                         },
                         .unpack =
                             [&](const std::any& place) {
                               ++unpacked;
                               return store[std::any_cast<std::size_t>(place)].clone();
                             }};
  auto packed = [&] {
    SavedTensorHooksScope scope(hooks);
    return network(x, w);
  };
  Variable y = packed();
  const std::size_t count = store.size();
  CHECK(count > 4);
  CHECK(unpacked == 0);
  CHECK(values_of(grad(y, {w})[0]) == expected);
  CHECK(unpacked == static_cast<int>(count));
  network(x, w);  // outside of the scope
  CHECK(store.size() == count);
  // A copy does not change with what it was made of.
  y = packed();
  w.value().fill(9);
  CHECK(values_of(grad(y, {w})[0]) == expected);
}

TEST_CASE("recorded gradients reach the leaves through what was unpacked") {
  Variable x = test::input({2, 3}), w = test::input({3}, 1, 2);
  auto second = [&](const Variable& y) {
    std::vector<Variable> slopes = grad(y, {x, w}, {.create_graph = true});
    Variable total = sum(slopes[0] * slopes[0]) + sum(sin(slopes[1]));
    std::vector<Values> out;
    for (const Variable& g : grad(total, {x, w})) out.push_back(values_of(g));
    return out;
  };
  std::vector<Values> expected = second(network(x, w)), found;
  {
    SavedTensorHooksScope scope(
        {.pack = [](const Tensor& t) -> std::any { return t.clone(); },
         .unpack = [](const std::any& packed) { return std::any_cast<Tensor>(packed); }});
    found = second(network(x, w));
  }
  // What is a copy is one node more, and sums come in another order.
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t k = 0; k < expected[i].size(); ++k)
      CHECK(found[i][k] == Approx(expected[i][k]).epsilon(1e-13));
}

TEST_CASE("the innermost hooks count, and both must be there") {
  Variable x = test::input({2});
  int outer = 0, inner = 0;
  auto counting = [](int& calls) {
    return SavedTensorHooks{
        .pack = [&](const Tensor& t) -> std::any { return ++calls, t; },
        .unpack = [](const std::any& packed) { return std::any_cast<Tensor>(packed); }};
  };
  SavedTensorHooksScope a(counting(outer));
  {
    SavedTensorHooksScope b(counting(inner));
    CHECK_NOTHROW(x * x);
  }
  CHECK(inner == 2);
  CHECK(outer == 0);
  CHECK_NOTHROW(x * x);
  CHECK(outer == 2);
  CHECK_THROWS_AS(SavedTensorHooksScope({.pack = counting(inner).pack, .unpack = {}}), Error);
  CHECK_NOTHROW(x * x);
  CHECK(outer == 4);
}

TEST_CASE("a stale saved value is named: by an optimizer's step, fill, copies and views") {
  Variable x = test::input({2, 3}), w = test::input({3});
  auto stale = [&](auto write) {
    Variable y = sum(x * w);
    write();
    std::string error = error_of([&] { y.backward(); });
    x.zero_grad(), w.zero_grad();
    return contains(error, "multiply saved its input 1") && contains(error, "version");
  };
  CHECK(!stale([] {}));
  CHECK(stale([&] {
    sum(w).backward();
    optim::Sgd(optim::numbered(std::array{w}), {.lr = 0.1}).step();
  }));
  CHECK(stale([&] { w.value().fill(2); }));
  CHECK(stale([&] { w.value().copy_from(Tensor::zeros({3}, Dtype::f64)); }));
  CHECK(stale([&] { w.value().slice(0, 1, 2).fill(2); }));
  CHECK(stale([&] { w.value().mutable_data<double>()[0] = 1; }));
  // A step on other parameters is none of its business, and neither is reading.
  Variable other = test::input({3});
  CHECK(!stale([&] {
    sum(other * w.detach()).backward();
    optim::Sgd(optim::numbered(std::array{other}), {.lr = 0.1}).step();
    w.value().to_vector<double>();
  }));
}

TEST_CASE("set_value harms no tape, and refuses what could not be trained") {
  Variable x = test::input({3}), w = test::input({3}, 1, 2);
  Values before = values_of(w);
  Variable y = sum(x * w);
  w.set_value(Tensor::full({3}, 7, Dtype::f64));
  y.backward();
  CHECK(x.grad().to_vector<double>() == before);
  CHECK(w.grad().to_vector<double>() == values_of(x));
  w.set_value(Tensor::full({2}, 7, Dtype::f64));  // another shape: the gradient is gone
  CHECK(!w.grad());
  CHECK(contains(error_of([&] { w.set_value(Tensor::zeros({3}, Dtype::i64)); }), "float"));
  CHECK_THROWS_AS(w.set_value(Tensor()), Error);
  CHECK_THROWS_AS((w * w).set_value(Tensor::zeros({2}, Dtype::f64)), Error);
  CHECK(values_of(w) == Values{7, 7});
}
