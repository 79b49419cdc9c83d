// cross_entropy against PyTorch's numbers and central differences.
#include "tutti/ops/cross_entropy.h"

#include "cpu_launch.h"
#include "support/golden.h"
#include "support/gradient_check.h"
#include "tutti/nn/loss.h"

using namespace tutti;
using namespace tutti::test;

namespace {

Tensor labels_of(const std::vector<std::int64_t>& labels) {
  return Tensor::from(labels, {static_cast<std::int64_t>(labels.size())});
}

// What the node of a loss says that it divided by.
class Denominator : public GradientSink {
 public:
  double value = -2;
  void expect(std::size_t, double denominator) override { value = denominator; }
  void ready(std::size_t) override {}
  void finish() override {}
  void abandon() noexcept override {}
  void replace(std::size_t, const Tensor&) override {}
  void use(std::size_t, std::uint64_t) override {}
};

}  // namespace

// A handful of additions of numbers of order 10 in another order than PyTorch's.
TEST_CASE("cross_entropy gives PyTorch's numbers") {
  for (const char* name : {"plain", "ignored", "weighted", "smoothed", "all", "sum"}) {
    INFO(name);
    Golden golden("losses", std::string("cross_entropy_") + name);
    CrossEntropyOptions options;
    if (golden.has("label_smoothing")) options.label_smoothing = golden.number("label_smoothing");
    if (golden.has("weight")) options.weights = golden.tensor("weight");
    if (golden.has("reduction")) options.reduction = LossReduction::sum;
    Variable logits(golden.tensor("logits"), true);
    Variable loss = nn::cross_entropy(logits, golden.tensor("labels"), options);
    CHECK(largest_difference(loss.value(), golden.tensor("y")) < 1e-13);
    loss.backward({.seed = golden.tensor("dy")});
    CHECK(largest_difference(logits.grad(), golden.tensor("dlogits")) < 1e-13);
  }
}

TEST_CASE("cross_entropy hands on what it divided by") {
  auto denominator = [](const Tensor& labels, const CrossEntropyOptions& options) {
    Variable logits(fractions({6, 5}, Dtype::f64), true);
    auto sink = std::make_shared<Denominator>();
    logits.slot().sink = sink;
    nn::cross_entropy(logits, labels, options).backward();
    return sink->value;
  };
  const Tensor labels = labels_of({1, 4, 2, 0, 3, 1});
  Tensor weights = Tensor::from(std::vector<double>{0.5, 0.75, 1, 1.25, 1.5}, {5});
  CHECK(denominator(labels, {}) == 6);
  CHECK(denominator(labels_of({1, 4, -100, 0, 3, -100}), {}) == 4);
  CHECK(denominator(labels, {.ignore_index = 4, .weights = weights}) == 4.25);
  CHECK(denominator(labels, {.weights = weights, .reduction = LossReduction::sum}) == 1);
}

// Weights of few bits are the same numbers in every dtype.
TEST_CASE("class weights may have any dtype that meets the logits'") {
  const Tensor labels = labels_of({1, 4, 2, 0, 3, 1});
  const Tensor weights = Tensor::from(std::vector<float>{0.5, 0.75, 1, 1.25, 1.5}, {5});
  for (Dtype dtype : {Dtype::bf16, Dtype::f16, Dtype::f32}) {
    const Tensor logits = fractions({6, 5}, dtype);
    const auto loss = [&](const Tensor& given, auto&& of) {
      Variable x(logits, true);
      of(x, given).backward();
      return std::pair(of(x, given).item(), x.grad().to(Dtype::f32).to_vector<float>());
    };
    const auto entropy = [&](const Variable& x, const Tensor& given) {
      return nn::cross_entropy(x, labels, {.weights = given});
    };
    const auto likelihood = [&](const Variable& x, const Tensor& given) {
      return nn::nll_loss(x, labels, {.weights = given});
    };
    const auto binary = [&](const Variable& x, const Tensor& given) {
      return nn::bce_with_logits(x, Tensor::full({6, 5}, 0.5, dtype),
                                 {.weight = given, .pos_weight = given});
    };
    for (Dtype other : {Dtype::bf16, Dtype::f16}) {
      CHECK(loss(weights.to(other), entropy) == loss(weights, entropy));
      CHECK(loss(weights.to(other), likelihood) == loss(weights, likelihood));
      CHECK(loss(weights.to(other), binary) == loss(weights, binary));
    }
  }
}

TEST_CASE("a batch of ignored labels has loss 0 and gradient 0") {
  for (double smoothing : {0.0, 0.1}) {
    Variable logits(fractions({2, 3, 5}, Dtype::f64), true);
    Variable loss = cross_entropy(logits, Tensor::full({2, 3}, 7, Dtype::i64),
                                  {.ignore_index = 7, .label_smoothing = smoothing});
    CHECK(loss.item() == 0);
    auto composed = grad(loss, {logits}, {.create_graph = true});
    CHECK(numbers(composed[0].value()) == std::vector<double>(30));
    loss.backward();
    CHECK(numbers(logits.grad()) == std::vector<double>(30));
  }
}

TEST_CASE("an ignored row may hold anything") {
  Variable logits(fractions({3, 4}, Dtype::f64), true);
  logits.value().slice(0, 1, 2).fill(std::numeric_limits<double>::quiet_NaN());
  Variable loss = cross_entropy(logits, labels_of({0, -100, 3}));
  loss.backward();
  CHECK(std::isfinite(loss.item()));
  for (double value : numbers(logits.grad())) CHECK(std::isfinite(value));
}

TEST_CASE("labels of any rank, and strided logits") {
  Tensor x = fractions({5, 2, 3}, Dtype::f64).permute({1, 2, 0});
  Tensor labels = Tensor::from(std::vector<std::int64_t>{0, 1, 2, 3, 4, 0}, {2, 3});
  double expected = cross_entropy(x.contiguous().reshape({6, 5}), labels.reshape({6})).item();
  CHECK(cross_entropy(x, labels).item() == expected);
  Tensor row = x.slice(0, 0, 1).slice(1, 1, 2).reshape({5});
  CHECK(cross_entropy(row, Tensor::full({}, 2, Dtype::i64)).item() > 0);
}

TEST_CASE("gradients of cross_entropy") {
  Tensor labels = Tensor::from(std::vector<std::int64_t>{2, 0, -100, 3}, {2, 2});
  Tensor weights = Tensor::from(std::vector<double>{0.5, 2, 1, 3}, {4});
  for (const CrossEntropyOptions& options :
       {CrossEntropyOptions{}, CrossEntropyOptions{.label_smoothing = 0.2},
        CrossEntropyOptions{.label_smoothing = 0.2, .weights = weights},
        CrossEntropyOptions{.weights = weights, .reduction = LossReduction::sum}})
    check_gradients([=](const Inputs& x) { return cross_entropy(x[0], labels, options); },
                    {input({2, 2, 4}, -2, 2)});
}

TEST_CASE("labels that were written before backward are noticed") {
  Variable logits(fractions({2, 5}, Dtype::f64), true);
  Tensor labels = labels_of({1, 2});
  Variable loss = cross_entropy(logits, labels);
  labels.fill(0);
  CHECK_THROWS_AS(loss.backward(), Error);
}

TEST_CASE("cross_entropy names what does not fit") {
  Tensor x = Tensor::zeros({2, 3}), labels = labels_of({0, 1});
  CHECK_THROWS_WITH(cross_entropy(x, labels_of({0})),
                    "cross_entropy: found logits [2, 3] and labels [1] of i64, expected [..., "
                    "classes] and i64 [...]");
  CHECK_THROWS_AS(cross_entropy(x, Tensor::zeros({2})), Error);
  CHECK_THROWS_AS(cross_entropy(x, labels, {.label_smoothing = 1.5}), Error);
  CHECK_THROWS_WITH(cross_entropy(x, labels, {.weights = Tensor::zeros({2})}),
                    "cross_entropy: found weights [2] for logits [2, 3], expected [3]");
  CHECK_THROWS_AS(cross_entropy(x, labels, {.weights = Tensor::zeros({3}, Dtype::f64)}), Error);
}
