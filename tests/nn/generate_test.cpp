// Text that a Gpt writes on, against its logits for whole sequences.
#include "tutti/nn/generate.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "support/catch.h"
#include "support/errors.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

nn::Gpt small_model(double scale) {
  nn::Gpt model({.vocabulary = 7, .context = 5, .width = 8, .heads = 2, .layers = 2, .bias = true});
  model.initialise(3, Device::cpu(), Dtype::f64);
  // Larger weights make some tokens likelier than others.
  for (const Parameter& parameter : model.parameters(nn::is_matrix))
    parameter.value().copy_from(parameter.value() * scale);
  return model;
}

Tensor tokens(const std::vector<std::int64_t>& values, std::int64_t rows) {
  return Tensor::from(values, {rows, static_cast<std::int64_t>(values.size()) / rows});
}

std::vector<double> logits_after(const nn::Gpt& model, std::vector<std::int64_t> before) {
  NoGrad no_grad;
  if (before.size() > 5) before.erase(before.begin(), before.end() - 5);
  return model(tokens(before, 1)).value()[0][-1].to_vector<double>();
}

std::vector<std::int64_t> written(const nn::Gpt& model, const Tensor& prompt,
                                  const nn::GenerateOptions& options) {
  return nn::generate(model, prompt, options).to_vector<std::int64_t>();
}

}  // namespace

TEST_CASE("the likeliest tokens are those of the whole sequence, past the context too") {
  nn::Gpt model = small_model(20);
  for (const std::vector<std::int64_t>& prompt :
       {std::vector<std::int64_t>{2}, {1, 2, 3, 4, 5}, {6, 5, 4, 3, 2, 1, 0}}) {
    std::vector<std::int64_t> expected = prompt;
    for (int i = 0; i < 9; ++i) {
      const std::vector<double> logits = logits_after(model, expected);
      expected.push_back(std::max_element(logits.begin(), logits.end()) - logits.begin());
    }
    CHECK(written(model, tokens(prompt, 1), {.tokens = 9, .temperature = 0}) == expected);
    CHECK(written(model, tokens(prompt, 1), {.tokens = 9, .top_k = 1}) == expected);
  }
}

TEST_CASE("tokens are drawn as often as the softmax has it") {
  nn::Gpt model = small_model(20);
  const std::int64_t rows = 4000;
  const Tensor prompt = tokens(std::vector<std::int64_t>(rows, 4), rows);
  for (auto [temperature, top_k] : {std::pair<double, std::int64_t>{1, 0}, {0.5, 0}, {2, 3}}) {
    std::vector<double> p = logits_after(model, {4});
    std::vector<double> sorted = p;
    std::sort(sorted.begin(), sorted.end(), std::greater());
    double sum = 0;
    for (double& x : p) {
      const bool kept = top_k == 0 || x >= sorted[static_cast<std::size_t>(top_k - 1)];
      sum += x = kept ? std::exp(x / temperature) : 0;
    }
    std::vector<double> found(p.size());
    const auto all = written(model, prompt,
                             {.tokens = 1, .temperature = temperature, .top_k = top_k, .seed = 9});
    for (std::size_t row = 0; row < rows; ++row)
      found[static_cast<std::size_t>(all[2 * row + 1])] += 1.0 / rows;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double expected = p[i] / sum;  // five deviations
      CHECK(std::abs(found[i] - expected) <= 5 * std::sqrt(expected * (1 - expected) / rows));
    }
  }
}

TEST_CASE("what is drawn depends on the seed and the row") {
  nn::Gpt model = small_model(5);
  const Tensor both = tokens({1, 2, 1, 2}, 2);
  const nn::GenerateOptions options{.tokens = 20, .seed = 4};
  const std::vector<std::int64_t> all = written(model, both, options);
  const std::vector<std::int64_t> first(all.begin(), all.begin() + 22),
      second(all.begin() + 22, all.end());
  CHECK(written(model, both, options) == all);
  CHECK(written(model, tokens({1, 2}, 1), options) == first);
  CHECK(first != second);
  CHECK(written(model, tokens({1, 2}, 1), {.tokens = 20, .seed = 5}) != first);
  CHECK(written(model, both, {.tokens = 0}) == std::vector<std::int64_t>{1, 2, 1, 2});
  CHECK(nn::generate(model, Tensor::zeros({0, 2}, Dtype::i64), options).shape() == Shape{0, 22});
}

TEST_CASE("writing leaves the model's mode and drops nothing out") {
  nn::Gpt model({.vocabulary = 7, .context = 5, .width = 8, .dropout = 0.5});
  model.initialise(3);
  const Tensor prompt = tokens({1}, 1);
  const auto first = written(model, prompt, {.tokens = 8});
  CHECK(model.training());
  CHECK(written(model, prompt, {.tokens = 8}) == first);
  model.eval();
  CHECK(written(model, prompt, {.tokens = 8}) == first);
  CHECK(!model.training());
  model.train();
  CHECK(!error_of([&] { written(model, tokens({9}, 1), {}); }).empty());
  CHECK(model.training());
}

TEST_CASE("generate names what does not fit") {
  nn::Gpt model = small_model(1);
  const Tensor prompt = tokens({1}, 1);
  auto says = [&](const Tensor& given, const nn::GenerateOptions& options) {
    return error_of([&] { nn::generate(model, given, options); });
  };
  CHECK(contains(says(Tensor::zeros({1, 0}, Dtype::i64), {}), "found a prompt [1, 0] of i64"));
  CHECK(contains(says(Tensor::zeros({1, 2}), {}), "of f32, expected i64 [n, t]"));
  CHECK(contains(says(prompt, {.tokens = -1}), "found -1 tokens"));
  CHECK(contains(says(prompt, {.temperature = -1}), "temperature -1"));
  CHECK(contains(says(prompt, {.temperature = NAN}), "temperature nan"));
  CHECK(contains(says(prompt, {.top_k = 8}), "at most the vocabulary of 7"));
  CHECK(contains(says(tokens({7}, 1), {}), "7"));
  model.parameters("ln_f.weight")[0].value().fill(NAN);
  CHECK(contains(says(prompt, {}), "found a logit of nan for token 0"));
}
