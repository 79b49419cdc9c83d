// cross_entropy against PyTorch's numbers and central differences.
#include "tutti/ops/cross_entropy.h"

#include "cpu_launch.h"
#include "golden/cross_entropy.h"
#include "support/golden_numbers.h"
#include "support/gradient_check.h"
#include "tutti/nn/loss.h"

using namespace tutti;
using namespace tutti::test;

namespace {

Tensor labels_of(const std::vector<std::int64_t>& labels) {
  return Tensor::from(labels, {static_cast<std::int64_t>(labels.size())});
}

// Row i belongs to class (3 i + 1) mod 5; rows 2 and 5 may be ignored.
Tensor golden_labels(bool ignored) {
  return labels_of({1, 4, ignored ? -100 : 2, 0, 3, ignored ? -100 : 1});
}

Tensor golden_weights() {
  return Tensor::from(std::vector<double>{0.5, 0.75, 1, 1.25, 1.5}, {5});
}

void check_golden(const Tensor& labels, const CrossEntropyOptions& options, double y,
                  std::span<const double> dlogits) {
  Variable logits(golden_input(0, {6, 5}, 8), true);
  Variable loss = nn::cross_entropy(logits, labels, options);
  CHECK(std::abs(loss.item() - y) < 1e-13);
  loss.backward();
  CHECK(golden_difference(logits.grad(), dlogits) < 1e-13);
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

TEST_CASE("cross_entropy gives PyTorch's numbers") {
  namespace expected = golden::cross_entropy;
  const Tensor plain = golden_labels(false), ignored = golden_labels(true);
  check_golden(plain, {}, expected::plain_y, expected::plain_dlogits);
  check_golden(ignored, {}, expected::ignored_y, expected::ignored_dlogits);
  check_golden(plain, {.weights = golden_weights()}, expected::weighted_y,
               expected::weighted_dlogits);
  check_golden(plain, {.label_smoothing = 0.1}, expected::smoothed_y, expected::smoothed_dlogits);
  check_golden(ignored, {.label_smoothing = 0.1, .weights = golden_weights()}, expected::all_y,
               expected::all_dlogits);
}

TEST_CASE("cross_entropy hands on what it divided by") {
  auto denominator = [](const Tensor& labels, const CrossEntropyOptions& options) {
    Variable logits(golden_input(0, {6, 5}, 8), true);
    auto sink = std::make_shared<Denominator>();
    logits.slot().sink = sink;
    nn::cross_entropy(logits, labels, options).backward();
    return sink->value;
  };
  CHECK(denominator(golden_labels(false), {}) == 6);
  CHECK(denominator(golden_labels(true), {}) == 4);
  CHECK(denominator(golden_labels(false), {.ignore_index = 4, .weights = golden_weights()}) ==
        4.25);
}

TEST_CASE("a batch of ignored labels has loss 0 and gradient 0") {
  for (double smoothing : {0.0, 0.1}) {
    Variable logits(golden_input(0, {2, 3, 5}), true);
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
  Variable logits(golden_input(0, {3, 4}), true);
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
        CrossEntropyOptions{.label_smoothing = 0.2, .weights = weights}})
    check_gradients([=](const Inputs& x) { return cross_entropy(x[0], labels, options); },
                    {input({2, 2, 4}, -2, 2)});
}

TEST_CASE("labels that were written before backward are noticed") {
  Variable logits(golden_input(0, {2, 5}), true);
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
