// Losses against PyTorch's numbers, and what they hand to shards.
#include "tutti/nn/loss.h"

#include "support/catch.h"
#include "support/errors.h"
#include "support/golden.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// A few additions and logarithms of numbers up to 10 (sums of 20 such), in another order than
// PyTorch's. Gradients by every input that has one.
template <class Loss>
void check_golden(const Golden& golden, const std::vector<const char*>& names, Loss loss) {
  std::vector<Variable> inputs;
  for (const char* name : names) inputs.emplace_back(golden.tensor(name), true);
  Variable y = loss(inputs);
  CHECK(largest_difference(y.value(), golden.tensor("y")) < 1e-13);
  y.backward({.seed = golden.tensor("dy")});
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO(names[i]);
    CHECK(largest_difference(inputs[i].grad(), golden.tensor(std::string("d") + names[i])) < 1e-12);
  }
}

// The same with both reductions.
template <class Loss>
void check_reductions(const std::string& name, const std::vector<const char*>& inputs, Loss loss) {
  for (const char* reduction : {"mean", "sum"}) {
    INFO(name << " " << reduction);
    Golden golden("losses", name + "_" + reduction);
    check_golden(golden, inputs, [&](const std::vector<Variable>& in) {
      const bool summed = golden.text("reduction") == "sum";
      return loss(in, summed ? LossReduction::sum : LossReduction::mean, golden);
    });
  }
}

double denominator(const std::function<Variable(const Variable&)>& loss, const Tensor& x) {
  struct Sink : GradientSink {
    double value = -2;
    void expect(std::size_t, double denominator) override { value = denominator; }
    void ready(std::size_t) override {}
    void finish() override {}
    void abandon() noexcept override {}
    void replace(std::size_t, const Tensor&) override {}
    void use(std::size_t, std::uint64_t) override {}
  };
  auto sink = std::make_shared<Sink>();
  Variable leaf(x, true);
  leaf.slot().sink = sink;
  loss(leaf).backward();
  return sink->value;
}

Tensor labels_of(const std::vector<std::int64_t>& labels) {
  return Tensor::from(labels, {static_cast<std::int64_t>(labels.size())});
}

}  // namespace

TEST_CASE("losses of elements give PyTorch's numbers") {
  using Inputs = std::vector<Variable>;
  check_reductions("mse", {"x", "target"},
                   [](const Inputs& in, LossReduction reduction, const Golden&) {
                     return nn::mse_loss(in[0], in[1], reduction);
                   });
  check_reductions("l1", {"x", "target"},
                   [](const Inputs& in, LossReduction reduction, const Golden&) {
                     return nn::l1_loss(in[0], in[1], reduction);
                   });
  check_reductions("huber", {"x", "target"},
                   [](const Inputs& in, LossReduction reduction, const Golden& golden) {
                     return nn::huber_loss(in[0], in[1], {golden.number("delta"), reduction});
                   });
  check_reductions("smooth_l1", {"x", "target"},
                   [](const Inputs& in, LossReduction reduction, const Golden& golden) {
                     return nn::smooth_l1_loss(in[0], in[1], {golden.number("beta"), reduction});
                   });
  check_reductions("bce", {"x", "target"},
                   [](const Inputs& in, LossReduction reduction, const Golden&) {
                     return nn::bce_with_logits(in[0], in[1], {.reduction = reduction});
                   });
  check_reductions("bce_weighted", {"x", "target"},
                   [](const Inputs& in, LossReduction reduction, const Golden& golden) {
                     return nn::bce_with_logits(
                         in[0], in[1],
                         {golden.tensor("weight"), golden.tensor("pos_weight"), reduction});
                   });
  check_reductions("kl", {"x", "target"},
                   [](const Inputs& in, LossReduction reduction, const Golden&) {
                     return nn::kl_div(in[0], in[1], {.reduction = reduction});
                   });
  check_reductions("kl_zeros", {"x"},
                   [](const Inputs& in, LossReduction reduction, const Golden& golden) {
                     return nn::kl_div(in[0], golden.tensor("constant"), {.reduction = reduction});
                   });
  check_reductions("kl_log", {"x", "target"},
                   [](const Inputs& in, LossReduction reduction, const Golden&) {
                     return nn::kl_div(in[0], in[1], {true, reduction});
                   });
  check_reductions("cosine_embedding", {"a", "b"},
                   [](const Inputs& in, LossReduction reduction, const Golden& golden) {
                     return nn::cosine_embedding_loss(in[0], in[1], golden.tensor("signs"),
                                                      {golden.number("margin"), reduction});
                   });
  check_golden(Golden("losses", "cosine_similarity"), {"a", "b"},
               [](const Inputs& in) { return nn::cosine_similarity(in[0], in[1]); });
}

TEST_CASE("nll_loss gives PyTorch's numbers") {
  for (const char* name : {"plain", "ignored", "weighted", "all", "sum"}) {
    INFO(name);
    Golden golden("losses", std::string("nll_") + name);
    nn::NllOptions options;
    if (golden.has("weight")) options.weights = golden.tensor("weight");
    if (golden.has("reduction")) options.reduction = LossReduction::sum;
    check_golden(golden, {"x"}, [&](const std::vector<Variable>& in) {
      return nn::nll_loss(in[0], golden.tensor("labels"), options);
    });
  }
}

TEST_CASE("losses hand on what they divide by where that is not the number of samples") {
  Tensor x = Tensor::full({3, 4}, 0.25), target = Tensor::full({3, 4}, 0.5);
  Tensor labels = labels_of({1, -100, 3});
  Tensor weights = Tensor::from(std::vector<float>{1, 2, 3, 5}, {4});
  CHECK(denominator([&](auto& v) { return nn::nll_loss(v, labels); }, x) == 2);
  CHECK(denominator([&](auto& v) { return nn::nll_loss(v, labels, {.weights = weights}); }, x) ==
        7);
  CHECK(denominator(
            [&](auto& v) { return nn::nll_loss(v, labels, {.reduction = LossReduction::sum}); },
            x) == 1);
  CHECK(denominator([&](auto& v) { return nn::mse_loss(v, target); }, x) == -1);
  CHECK(denominator([&](auto& v) { return nn::mse_loss(v, target, LossReduction::sum); }, x) == 1);
}

TEST_CASE("losses of nothing are 0, and so are their gradients") {
  Variable none(Tensor::zeros({0, 3}), true);
  for (LossReduction reduction : {LossReduction::mean, LossReduction::sum}) {
    CHECK(nn::mse_loss(none, none.detach(), reduction).item() == 0);
    CHECK(nn::bce_with_logits(none, none.detach(), {.reduction = reduction}).item() == 0);
  }
  Variable x(Tensor::full({2, 3}, -1), true);
  Variable loss = nn::nll_loss(x, labels_of({-100, -100}));
  loss.backward();
  CHECK(loss.item() == 0);
  CHECK(x.grad().to_vector<float>() == std::vector<float>(6));
}

TEST_CASE("losses stay finite where their parts are not") {
  auto tensor = [](const std::vector<float>& values) { return Tensor::from(values, {1, 4}); };
  Variable x(tensor({-200, -90, 90, 200}), true), target(tensor({1, 0, 1, 0}));
  Variable loss = nn::bce_with_logits(x, target);
  loss.backward();
  CHECK(loss.item() == Approx(100));
  CHECK(x.grad().to_vector<float>() == std::vector<float>{-0.25f, 0, 0, 0.25f});
  Variable zeros(Tensor::zeros({1, 4}), true);
  nn::cosine_similarity(zeros, x.detach()).backward({.seed = Tensor::full({1}, 1)});
  CHECK(sum(zeros.grad()).item() == 0);
}

TEST_CASE("16-bit predictions have a loss in f32") {
  Variable x(Tensor::full({2, 3}, 0.5, Dtype::bf16), true);
  Variable loss = nn::mse_loss(x, Tensor::zeros({2, 3}, Dtype::bf16));
  CHECK(loss.dtype() == Dtype::f32);
  CHECK(loss.item() == 0.25);
  CHECK(nn::mse_loss(x, Tensor::zeros({2, 3})).item() == 0.25);
  loss.backward();
  CHECK(nn::nll_loss(x, labels_of({0, 1})).item() == -0.5);
}

TEST_CASE("a row that is ignored may hold an infinity") {
  const float inf = std::numeric_limits<float>::infinity();
  Variable x(Tensor::from<float>({-inf, 0, -1, -2}, {2, 2}), true);
  Variable loss = nn::nll_loss(x, labels_of({-100, 1}));
  CHECK(loss.item() == 2);
  loss.backward();
  CHECK(x.grad().to_vector<float>() == std::vector<float>{0, 0, 0, -1});
}

TEST_CASE("losses name what does not fit") {
  Tensor x = Tensor::zeros({2, 3}), y = Tensor::zeros({3});
  CHECK_THROWS_WITH(nn::mse_loss(x, y),
                    "mse_loss: found [2, 3] of f32 and [3] of f32, expected one shape, and "
                    "float dtypes that meet");
  CHECK_THROWS_AS(nn::l1_loss(x, Tensor::zeros({2, 3}, Dtype::i64)), Error);
  CHECK_THROWS_WITH(nn::huber_loss(x, x, {.delta = 0}),
                    "huber_loss: found delta 0, expected more than 0");
  CHECK_THROWS_WITH(nn::smooth_l1_loss(x, x, {.beta = -1}),
                    "smooth_l1_loss: found beta -1, expected 0 or more");
  CHECK_THROWS_WITH(nn::bce_with_logits(x, x, {.pos_weight = Tensor::zeros({2})}),
                    "bce_with_logits: found pos_weight [2] of f32 for x [2, 3] of f32, expected "
                    "one that broadcasts to x, of its dtype");
  CHECK_THROWS_WITH(
      nn::nll_loss(x, labels_of({0, 3})),
      "nll_loss: found label 3 at row 1, expected 0 to 2 or -100 for a row to ignore");
  CHECK_THROWS_WITH(nn::nll_loss(x, labels_of({0})),
                    "nll_loss: found labels [1] of i64 for x [2, 3], expected [2] of i64");
  CHECK_THROWS_WITH(nn::nll_loss(x, labels_of({0, 1}), {.weights = Tensor::zeros({2})}),
                    "nll_loss: found weights [2] of f32 for x [2, 3] of f32, expected [3] of x's "
                    "dtype");
  CHECK_THROWS_WITH(nn::cosine_embedding_loss(x, x, labels_of({1, 0})),
                    "cosine_embedding_loss: found target 0 at row 1, expected 1 or -1");
  CHECK_THROWS_WITH(nn::cosine_embedding_loss(x, x, labels_of({1})),
                    "cosine_embedding_loss: found target [1], expected [2], one for each row");
  CHECK_THROWS_AS(nn::cosine_embedding_loss(x, x, labels_of({1, 1}), {.margin = 2}), Error);
  CHECK_THROWS_AS(nn::cosine_similarity(x, x, 1, 0), Error);
}
