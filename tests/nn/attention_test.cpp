// MultiHeadAttention against PyTorch's numbers, and attention to a sequence that comes in parts.
#include <cmath>

#include "support/errors.h"
#include "support/module_golden.h"
#include "tutti/nn/causal_self_attention.h"
#include "tutti/nn/multi_head_attention.h"
#include "tutti/ops/concat.h"

using namespace tutti;
using test::contains;
using test::error_of;
using test::largest_difference;

namespace {

Tensor numbers(const Shape& shape, std::uint64_t seed) {
  return nn::draw(nn::normal(1), shape, Dtype::f64, seed, 0, Device::cpu());
}

template <class Layer>
void initialise(Layer& layer, std::uint64_t seed) {
  layer.initialise(seed, Device::cpu(), Dtype::f64);
}

// What `layer` gives for x in parts of these extents.
template <class Layer>
Tensor in_parts(const Layer& layer, const Tensor& x, const std::vector<std::int64_t>& extents) {
  NoGrad no_grad;
  nn::KeyValueCache cache(x.size(1));
  std::vector<Tensor> parts;
  for (std::int64_t extent : extents) {
    const std::int64_t begin = cache.length();
    parts.push_back(layer(Variable(x.slice(1, begin, begin + extent)), cache).value());
    CHECK(cache.length() == begin + extent);
  }
  return concat(parts, 1);
}

template <class Layer>
void check_parts(const Layer& layer) {
  const Tensor x = numbers({2, 7, 8}, 5);
  const Tensor whole = layer(Variable(x)).value();
  for (const std::vector<std::int64_t>& extents :
       {std::vector<std::int64_t>{7}, {1, 1, 1, 1, 1, 1, 1}, {3, 1, 0, 2, 1}, {1, 6}})
    CHECK(largest_difference(in_parts(layer, x, extents), whole) < 1e-13);
}

}  // namespace

// Both compute in f64, of values of order 1, in another order.
TEST_CASE("multi-head attention gives torch.nn.MultiheadAttention's numbers") {
  for (const std::string& name : test::Golden::names("multi_head_attention")) {
    INFO(name);
    const test::GoldenModule golden{{"multi_head_attention", name}, "attend."};
    nn::MultiHeadAttention attend(
        {.width = 4, .heads = 2, .bias = golden.golden.has("attend.in_proj_bias")});
    golden.load(attend);
    const bool own = !golden.golden.has("x1");
    std::vector<Variable> inputs;
    for (const char* input : {"x0", "x1", "x2"})
      inputs.emplace_back(golden.golden.tensor(own ? "x0" : input), true);
    Tensor mask;
    if (golden.golden.has("mask")) mask = golden.golden.tensor("mask");
    if (mask && mask.dtype() == Dtype::i64) mask = mask.to(Dtype::u8);
    Variable y = own ? attend(inputs[0], mask) : attend(inputs[0], inputs[1], inputs[2], mask);
    CHECK(largest_difference(y.value(), golden.golden.tensor("y")) < 1e-13);
    y.backward({.seed = golden.golden.tensor("dy")});
    for (std::size_t i = 0; i < (own ? 1 : 3); ++i)
      CHECK(largest_difference(inputs[i].grad(), golden.golden.tensor(text("dx", i))) < 1e-13);
    golden.check_gradients(attend, 1e-13);
  }
}

TEST_CASE("inputs that are equal, or the same one, give the same") {
  nn::MultiHeadAttention attend({.width = 6, .heads = 2});
  initialise(attend, 3);
  Variable x(numbers({2, 4, 6}, 1)), same(numbers({2, 4, 6}, 1)), third(numbers({2, 4, 6}, 1));
  const Tensor y = attend(x).value();
  // Products of other sizes may sum in another order.
  CHECK(largest_difference(attend(x, same, third).value(), y) < 1e-14);
  CHECK(largest_difference(attend(x, same, same).value(), y) < 1e-14);
  CHECK(largest_difference(attend(x, x, same).value(), y) < 1e-14);
  CHECK(largest_difference(attend(x, same, x).value(), y) < 1e-14);
}

TEST_CASE("fewer heads of keys and values are repeated ones") {
  nn::MultiHeadAttention few({.width = 8, .heads = 4, .kv_heads = 2, .causal = true});
  nn::MultiHeadAttention all({.width = 8, .heads = 4, .causal = true});
  initialise(few, 4);
  initialise(all, 4);
  CHECK(few.parameters("in_proj_weight")[0].shape() == Shape{16, 8});
  StateDict state = few.state_dict();
  auto repeated = [](const Tensor& rows) {  // 8 of q, 4 of k, 4 of v; 2 a head
    std::vector<Tensor> parts{rows.slice(0, 0, 8)};
    for (std::int64_t head : {4, 4, 5, 5, 6, 6, 7, 7})
      parts.push_back(rows.slice(0, 2 * head, 2 * head + 2));
    return concat(parts);
  };
  for (const char* name : {"in_proj_weight", "in_proj_bias"})
    state.set(name, repeated(state.at<Tensor>(name)));
  all.load_state_dict(state);
  const Variable x(numbers({2, 5, 8}, 2));
  CHECK(largest_difference(few(x).value(), all(x).value()) < 1e-14);
}

TEST_CASE("multi-head attention starts as PyTorch's") {
  nn::MultiHeadAttention attend({.width = 32, .heads = 4});
  attend.initialise(1);
  CHECK(attend.parameter_count() == 4 * 32 * 32 + 4 * 32);
  auto largest = [&](const char* name) {
    double result = 0;
    for (float x : attend.parameters(name)[0].value().to_vector<float>()) {
      REQUIRE(std::isfinite(x));
      result = std::max(result, std::abs(static_cast<double>(x)));
    }
    return result;
  };
  // Uniform: the largest of 1,000 or more is within 2 % of the bound all but surely.
  CHECK(largest("in_proj_weight") == Approx(std::sqrt(6.0 / (32 + 96))).epsilon(0.02));
  CHECK(largest("out_proj.weight") == Approx(1 / std::sqrt(32.0)).epsilon(0.02));
  CHECK(largest("in_proj_bias") == 0);
  CHECK(largest("out_proj.bias") == 0);
  CHECK(nn::MultiHeadAttention({.width = 32, .bias = false}).parameter_count() == 4 * 32 * 32);
}

TEST_CASE("a sequence that comes in parts gives what the whole gives") {
  nn::CausalSelfAttention plain({.width = 8, .heads = 2});
  initialise(plain, 6);
  check_parts(plain);
  for (std::int64_t kv_heads : {0, 1})
    for (bool interleaved : {false, true}) {
      nn::MultiHeadAttention turned({.width = 8,
                                     .heads = 2,
                                     .kv_heads = kv_heads,
                                     .causal = true,
                                     .rotary = RotaryOptions{.interleaved = interleaved}});
      initialise(turned, 7);
      check_parts(turned);
    }
}

TEST_CASE("a cache serves one sequence after the other") {
  nn::CausalSelfAttention attend({.width = 8, .heads = 2});
  initialise(attend, 6);
  NoGrad no_grad;
  nn::KeyValueCache cache(4);
  const Variable x(numbers({2, 4, 8}, 1)), other(numbers({3, 2, 8}, 2));
  attend(x, cache);
  cache.clear();
  CHECK(largest_difference(attend(other, cache).value(), attend(other).value()) < 1e-14);
  cache.clear();
  CHECK(largest_difference(attend(x, cache).value(), attend(x).value()) < 1e-14);
}

TEST_CASE("probabilities drop out in training alone, others in each call") {
  const Variable x(numbers({2, 5, 8}, 2));
  nn::MultiHeadAttention plain({.width = 8, .heads = 2});
  nn::MultiHeadAttention dropping({.width = 8, .heads = 2, .dropout = 0.5});
  nn::CausalSelfAttention causal({.width = 8, .heads = 2, .attention_dropout = 0.5});
  for (nn::Module* layer : std::array<nn::Module*, 3>{&plain, &dropping, &causal})
    layer->initialise(4, Device::cpu(), Dtype::f64);
  auto values = [&](const auto& layer) { return layer(x).value().template to_vector<double>(); };
  CHECK(values(dropping) != values(dropping));
  CHECK(values(causal) != values(causal));
  CHECK(dropping.state_dict().at<std::int64_t>("random_calls") == 2);
  CHECK_FALSE(plain.state_dict().contains("random_calls"));
  dropping.eval();
  causal.eval();
  CHECK(values(dropping) == values(plain));
  CHECK(values(causal) == values(causal));
}

TEST_CASE("attention layers name what does not fit") {
  CHECK(contains(error_of([] { nn::MultiHeadAttention({.width = 8, .dropout = 1}); }),
                 "MultiHeadAttention: found dropout 1, expected 0 <= dropout < 1"));
  CHECK(contains(error_of([] { nn::CausalSelfAttention({.width = 8, .attention_dropout = -1}); }),
                 "CausalSelfAttention: found attention_dropout -1"));
  CHECK(contains(error_of([] { nn::MultiHeadAttention({.width = 8, .heads = 3}); }),
                 "found width 8, 3 heads and 0 of keys"));
  CHECK(contains(error_of([] { nn::MultiHeadAttention({.width = 8, .heads = 4, .kv_heads = 3}); }),
                 "4 heads and 3 of keys"));
  nn::MultiHeadAttention attend({.width = 8, .heads = 2});
  initialise(attend, 1);
  const Variable x(numbers({2, 3, 8}, 1)), narrow(numbers({2, 3, 6}, 1));
  CHECK(contains(error_of([&] { attend(x, narrow, x); }),
                 "found inputs [2, 3, 8], [2, 3, 6] and [2, 3, 8], expected [n, places, 8]"));
  CHECK(contains(error_of([&] { attend(x, Variable(numbers({1, 3, 8}, 1)), x); }), "attention: "));
  CHECK(contains(error_of([&] {
                   attend(x, Tensor::zeros({2, 3}, Dtype::u8));
                 }),
                 "attention: mask"));
  CHECK(contains(error_of([] { nn::KeyValueCache(0); }), "found 0 places and 1 layers"));

  nn::KeyValueCache cache(4);
  nn::CausalSelfAttention causal({.width = 8, .heads = 2});
  initialise(causal, 1);
  CHECK(contains(error_of([&] { causal(x, cache); }), "expected a NoGrad"));
  NoGrad no_grad;
  CHECK(contains(error_of([&] { attend(x, cache); }), "expected causal attention"));
  CHECK(contains(error_of([&] { causal(x, cache, 1); }), "found layer 1, expected 0 to 0"));
  causal(x, cache);
  CHECK(contains(error_of([&] { causal(x, cache); }),
                 "found 3 places after 3, expected at most 4 together"));
  CHECK(contains(error_of([&] {
                   causal(Variable(numbers({1, 1, 8}, 1)), cache);
                 }),
                 "expected the same sequences"));
  CHECK(cache.length() == 3);
  causal(Variable(numbers({2, 1, 8}, 1)), cache);
  CHECK(cache.length() == 4);
}
