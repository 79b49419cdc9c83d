// Gpt against PyTorch's numbers, and what holds of any language model.
#include "tutti/nn/gpt.h"

#include "support/errors.h"
#include "support/module_golden.h"
#include "tutti/nn/loss.h"
#include "tutti/ops/index_select.h"
#include "tutti/ops/rms_norm.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

// Element i is (times * i + plus) mod modulus.
Tensor whole(const Shape& shape, std::int64_t times, std::int64_t plus, std::int64_t modulus) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < shape.count(); ++i) values.push_back((times * i + plus) % modulus);
  return Tensor::from(values, shape);
}

nn::Gpt small_model() {
  return nn::Gpt({.vocabulary = 7, .context = 5, .width = 8, .heads = 2, .layers = 2});
}

std::vector<double> logits_of(const nn::Gpt& model, const Tensor& tokens) {
  NoGrad no_grad;
  return model(tokens).value().to_vector<double>();
}

}  // namespace

// Norms over four features divide by deviations below 1, which makes more of rounding.
TEST_CASE("gpt's logits, loss and all gradients are PyTorch's") {
  for (const std::string name : {"plain", "gpt2"}) {
    INFO(name);
    const bool gpt2 = name == "gpt2";
    const test::GoldenModule golden{{"gpt", name}, "", [&](const std::string& path) {
                                      return gpt2 && contains(path, ".c_") &&
                                             contains(path, ".weight");
                                    }};
    nn::Gpt model({.vocabulary = 7,
                   .context = 5,
                   .width = 4,
                   .heads = 2,
                   .layers = 2,
                   .bias = gpt2,
                   .tanh_gelu = gpt2});
    golden.load(model);
    const Tensor tokens = golden.golden.tensor("tokens");
    Variable logits = model(tokens);
    CHECK(test::largest_difference(logits.value(), golden.golden.tensor("logits")) < 1e-12);
    Variable loss = nn::cross_entropy(logits, golden.golden.tensor("targets"));
    CHECK(std::abs(loss.item() - golden.golden.number("loss")) < 1e-12);
    loss.backward();
    golden.check_gradients(model, 1e-12);
  }
}

TEST_CASE("gpt's norms may be by the root mean square") {
  nn::Gpt model(
      {.vocabulary = 7, .context = 5, .width = 4, .bias = true, .norm = nn::NormKind::rms});
  model.initialise(1, Device::cpu(), Dtype::f64);
  CHECK(contains(error_of([&] { model.parameters("*ln_*.bias"); }), "found no parameter"));
  CHECK(model.parameters("*ln_*").size() == 3);
  for (const Parameter& parameter : model.parameters("*c_proj*")) parameter.value().fill(0);
  auto value = [&](const char* name) { return model.parameters(name)[0].value(); };
  value("ln_f.weight").copy_from(Tensor::from(std::vector<double>{1, 2, -1, 0.5}, {4}));
  const Tensor tokens = whole({2, 5}, 3, 1, 7);
  // Without what the block adds: the embeddings, the last norm, and the head.
  const Tensor x = index_select(value("wte.weight"), 0, tokens.reshape({10})).reshape({2, 5, 4}) +
                   value("wpe.weight");
  const Tensor expected = linear(rms_norm(x, value("ln_f.weight"), 1e-5), value("wte.weight"));
  CHECK(test::largest_difference(model(Variable(tokens)).value(), expected) < 1e-14);
}

TEST_CASE("gpt reads a text in parts") {
  nn::Gpt model = small_model();
  model.initialise(3, Device::cpu(), Dtype::f64);
  NoGrad no_grad;
  const Tensor tokens = whole({2, 5}, 3, 0, 7), expected = model(tokens).value();
  for (const std::vector<std::int64_t>& extents :
       {std::vector<std::int64_t>{1, 1, 1, 1, 1}, {5}, {2, 3}}) {
    nn::KeyValueCache cache = model.make_cache();
    for (std::int64_t extent : extents) {
      const std::int64_t begin = cache.length(), end = begin + extent;
      // Products of other sizes may sum in another order.
      CHECK(test::largest_difference(model(tokens.slice(1, begin, end), cache).value(),
                                     expected.slice(1, begin, end)) < 1e-13);
    }
    CHECK(contains(error_of([&] { model(tokens.slice(1, 0, 1), cache); }),
                   "found tokens [2, 1] after 5, expected [n, t] with t up to 0"));
  }
  CHECK(contains(error_of([&] { model(tokens, nn::KeyValueCache(5)); }), "found a cache for 1"));
}

TEST_CASE("epsilon is that of all norms") {
  auto logits = [](double epsilon) {
    nn::Gpt model({.vocabulary = 7, .context = 5, .width = 8, .epsilon = epsilon});
    model.initialise(3, Device::cpu(), Dtype::f64);
    return logits_of(model, whole({1, 5}, 3, 0, 7));
  };
  CHECK(logits(1e-5) != logits(1e-3));
  // What is small beside epsilon stays small: 0.02^2 beside 1e8.
  for (double x : logits(1e8)) CHECK(std::abs(x) < 1e-5);
}

TEST_CASE("a later token changes no earlier logit") {
  nn::Gpt model = small_model();
  model.initialise(3, Device::cpu(), Dtype::f64);
  Tensor tokens = whole({2, 5}, 3, 0, 7);
  std::vector<double> before = logits_of(model, tokens);
  for (std::int64_t changed = 0; changed < 5; ++changed) {
    Tensor other = tokens.clone();
    std::int64_t& token = other.mutable_data<std::int64_t>()[5 + changed];  // of sequence 1
    token = (token + 1) % 7;
    std::vector<double> after = logits_of(model, other);
    for (std::int64_t t = 0; t < 10; ++t) {
      INFO("token " << changed << " changed, logits at " << t);
      auto begin = static_cast<std::ptrdiff_t>(7 * t);
      bool same =
          std::equal(before.begin() + begin, before.begin() + begin + 7, after.begin() + begin);
      CHECK(same == (t < 5 + changed));
    }
  }
  // A shorter text is a prefix. Its products have other sizes and may sum in another order.
  std::vector<double> brief = logits_of(model, tokens.slice(1, 0, 3));
  for (std::size_t i = 0; i < 21; ++i) CHECK(brief[i] == Approx(before[i]).margin(1e-14));
}

TEST_CASE("gpt's head is its token embedding: one parameter, one gradient") {
  for (bool bias : {false, true}) {
    nn::Gpt model(
        {.vocabulary = 11, .context = 6, .width = 8, .heads = 4, .layers = 3, .bias = bias});
    model.initialise(2, Device::cpu(), Dtype::f64);
    // Of a block: 12 w^2 and two norms; biases of 9 w in linear layers, 2 w in norms.
    std::int64_t expected = (11 + 6) * 8 + 3 * (12 * 64 + 2 * 8) + 8;
    if (bias) expected += 3 * (9 * 8 + 2 * 8) + 8;
    CHECK(model.parameter_count() == expected);
    CHECK(model.parameters("wte*").size() == 1);
    CHECK(model.parameters(nn::is_matrix).size() == 2 + 3 * 4);
  }
  // A token that is no input has a gradient all the same, by the head.
  nn::Gpt model = small_model();
  model.initialise(2, Device::cpu(), Dtype::f64);
  Tensor tokens = whole({1, 2}, 1, 0, 7);  // 0 and 1
  nn::cross_entropy(reshape(model(tokens), {2, 7}), tokens.reshape({2})).backward();
  std::vector<double> gradient = model.parameters("wte.weight")[0].grad().to_vector<double>();
  for (std::size_t i = 16; i < gradient.size(); ++i) CHECK(gradient[i] != 0);
}

// Deviations of n draws scatter by about 1 / sqrt(2 n) of themselves: five of those are allowed.
TEST_CASE("gpt starts as GPT-2 does") {
  nn::Gpt model(
      {.vocabulary = 50, .context = 40, .width = 32, .heads = 4, .layers = 8, .bias = true});
  model.initialise(1);
  for (const Parameter& parameter : model.parameters()) {
    INFO(parameter.path);
    std::vector<float> values = parameter.value().to_vector<float>();
    bool norm = contains(parameter.path, "ln_") && contains(parameter.path, "weight");
    if (parameter.shape().rank() == 1) {
      CHECK(values == std::vector<float>(values.size(), norm ? 1.0f : 0.0f));
      continue;
    }
    double square = 0;
    for (float value : values) square += static_cast<double>(value) * value;
    double n = static_cast<double>(values.size());
    double expected = contains(parameter.path, "c_proj") ? 0.02 / 4 : 0.02;
    CHECK(std::sqrt(square / n) == Approx(expected).epsilon(5 / std::sqrt(2 * n)));
  }
}

TEST_CASE("gpt names tokens that do not fit") {
  nn::Gpt model = small_model();
  model.initialise(1);
  auto says = [&](const Tensor& tokens) { return error_of([&] { model(tokens); }); };
  CHECK(contains(says(whole({2, 6}, 1, 0, 7)), "up to 5"));
  CHECK(contains(says(whole({5}, 1, 0, 7)), "[n, t]"));
  CHECK(contains(says(whole({1, 2, 3}, 1, 0, 7)), "[n, t]"));
  CHECK(contains(says(whole({1, 3}, 1, 5, 9)), "7"));  // 5, 6 and 7, of a vocabulary of 7
  CHECK(contains(says(whole({1, 3}, 1, -2, 9)), "-2"));
  CHECK(contains(says(Tensor::zeros({1, 3})), "i64"));
  CHECK(model(whole({0, 4}, 1, 0, 7)).shape() == Shape{0, 4, 7});
  CHECK_THROWS_AS(nn::Gpt({.vocabulary = 7, .context = 5, .width = 8, .heads = 3}), Error);
  CHECK_THROWS_AS(nn::Gpt({.vocabulary = 7, .context = 5, .width = 8, .layers = 0}), Error);
  CHECK_THROWS_AS(nn::Gpt({.context = 5, .width = 8}), Error);
}
