// Recurrent layers against PyTorch's numbers, and what is theirs alone.
#include "tutti/nn/recurrent.h"

#include "support/errors.h"
#include "support/golden.h"
#include "support/gradient_check.h"
#include "tutti/autograd/autocast.h"
#include "tutti/ops/gru.h"
#include "tutti/ops/lstm.h"

using namespace tutti;
using namespace tutti::test;

namespace {

Variable optional(const Golden& golden, const char* name) {
  return golden.has(name) ? Variable(golden.tensor(name), true) : Variable();
}

std::vector<float> numbers(const Variable& x) {
  return x.value().to(Dtype::f32).to_vector<float>();
}

// Some ten products of ten numbers of order 1 after each other, in another order than PyTorch's,
// each through functions whose slope is at most 1: far below 1e-12.
constexpr double bound = 1e-12;

template <class Layer>
void check_golden(const std::string& name, Layer layer) {
  INFO(name);
  Golden golden("recurrent", name);
  layer.initialise(1, Device::cpu(), Dtype::f64);
  for (const Parameter& parameter : layer.parameters()) {
    Variable leaf = parameter;
    leaf.set_value(golden.tensor(parameter.path));
  }
  Variable x(golden.tensor("x"), true);
  nn::Recurrence given{optional(golden, "h0"), optional(golden, "c0")};
  if (golden.has("lengths")) given.lengths = golden.tensor("lengths");
  auto out = layer(x, given);
  std::vector<std::pair<const char*, Variable>> results{{"y", out.y}, {"h", out.h}};
  if constexpr (requires { out.c; }) results.emplace_back("c", out.c);
  Variable loss(Tensor::zeros({}, Dtype::f64));
  for (const auto& [key, value] : results) {
    INFO(key);
    CHECK(largest_difference(value.value(), golden.tensor(key)) < bound);
    loss = loss + sum(value * golden.tensor(std::string("g") + key));
  }
  // The fused way, and the composed one.
  std::vector<std::pair<std::string, Variable>> leaves{{"x", x}};
  if (given.h) leaves.emplace_back("h0", given.h);
  if (given.c) leaves.emplace_back("c0", given.c);
  for (const Parameter& parameter : layer.parameters())
    leaves.emplace_back(parameter.path, parameter);
  std::vector<Variable> inputs;
  for (const auto& [key, leaf] : leaves) inputs.push_back(leaf);
  for (bool composed : {false, true}) {
    std::vector<Variable> found = grad(loss, inputs, {.create_graph = composed, .retain = true});
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      INFO(leaves[i].first << (composed ? " composed" : " fused"));
      CHECK(largest_difference(found[i].value(), golden.tensor("d" + leaves[i].first)) < bound);
    }
  }
}

template <class Make>
void check_all(const std::string& name, Make make) {
  check_golden(name + "_one", make({.bias = false}));
  check_golden(name + "_two", make({.layers = 2, .batch_first = true}));
  check_golden(name + "_lengths", make({.layers = 2, .bidirectional = true}));
}

std::vector<std::string> paths(const nn::Module& module) {
  std::vector<std::string> out;
  for (const Parameter& parameter : module.parameters()) out.push_back(parameter.path);
  return out;
}

}  // namespace

TEST_CASE("recurrent layers give PyTorch's numbers") {
  using Options = nn::RecurrentOptions;
  check_all("rnn", [](const Options& options) { return nn::RNN(3, 2, options); });
  check_golden("rnn_relu", nn::RNN(3, 2, {}, RnnForm::relu));
  check_all("lstm", [](const Options& options) { return nn::LSTM(3, 2, options); });
  check_golden("lstm_both", nn::LSTM(3, 2, {.bias = false, .bidirectional = true}));
  check_all("gru", [](const Options& options) { return nn::GRU(3, 2, options); });
  check_golden("gru_both", nn::GRU(3, 2, {.bias = false, .bidirectional = true}));
}

TEST_CASE("parameters of recurrent layers have PyTorch's names, shapes and spread") {
  nn::GRU gru(3, 4, {.layers = 2, .bidirectional = true});
  std::vector<std::string> expected;
  for (const char* layer : {"_l0", "_l0_reverse", "_l1", "_l1_reverse"})
    for (const char* name : {"weight_ih", "weight_hh", "bias_ih", "bias_hh"})
      expected.push_back(std::string(name) + layer);
  CHECK(paths(gru) == expected);
  CHECK(gru.parameters("weight_ih_l0")[0].has_value() == false);
  gru.initialise(1);
  CHECK(gru.parameters("weight_ih_l0_reverse")[0].shape() == Shape{12, 3});
  CHECK(gru.parameters("weight_ih_l1")[0].shape() == Shape{12, 8});
  CHECK(paths(nn::LSTM(3, 4, {.bias = false})) ==
        std::vector<std::string>{"weight_ih_l0", "weight_hh_l0"});
  nn::LSTM wide(64, 64);
  wide.initialise(1);
  for (const Parameter& parameter : wide.parameters()) {
    const double largest = max(abs(parameter.value())).item();
    CHECK(largest <= 0.125);  // 1 / sqrt(64)
    CHECK(largest > 0.11);    // of 256 draws one at least, but for a chance of 1e-14
  }
}

TEST_CASE("what is past a sequence's length changes nothing") {
  nn::LSTM lstm(3, 4, {.layers = 2, .bidirectional = true});
  lstm.initialise(2);
  Tensor lengths = Tensor::from(std::vector<std::int64_t>{2, 0, 5}, {3});
  Tensor x = Tensor::full({5, 3, 3}, 0.5);
  Tensor changed = x.clone();
  changed.slice(0, 2, 5).slice(1, 0, 1).fill(100);
  changed.slice(1, 1, 2).fill(-100);
  auto first = lstm(x, nn::Recurrence{.lengths = lengths});
  auto second = lstm(changed, nn::Recurrence{.lengths = lengths});
  CHECK(first.y.value().to_vector<float>() == second.y.value().to_vector<float>());
  CHECK(first.c.value().to_vector<float>() == second.c.value().to_vector<float>());
  CHECK(max(abs(first.y.value().select(1, 1))).item() == 0);
  CHECK(max(abs(first.h.value().select(1, 1))).item() == 0);
  Variable leaf(changed, true);
  sum(lstm(leaf, nn::Recurrence{.lengths = lengths}).h).backward();
  CHECK(max(abs(leaf.grad().select(1, 1))).item() == 0);
  CHECK(max(abs(leaf.grad().select(1, 2))).item() > 0);
}

TEST_CASE("dropout lies between layers, in training") {
  nn::GRU gru(3, 8, {.layers = 2, .dropout = 0.5}), plain(3, 8, {.layers = 2});
  gru.initialise(3), plain.initialise(3);
  Tensor x = Tensor::full({4, 2, 3}, 0.3);
  auto dropped = gru(x), whole = plain(x);
  CHECK(dropped.h.value()[0].to_vector<float>() == whole.h.value()[0].to_vector<float>());
  CHECK(dropped.y.value().to_vector<float>() != whole.y.value().to_vector<float>());
  gru.eval();
  CHECK(gru(x).y.value().to_vector<float>() == whole.y.value().to_vector<float>());
}

TEST_CASE("recurrent layers compute 16-bit floats in f32") {
  nn::LSTM lstm(3, 4);
  lstm.initialise(4);
  Tensor x = Tensor::full({3, 2, 3}, 0.25);
  Tensor expected = lstm(x).y.value();
  lstm.to(Dtype::bf16);
  Tensor y = lstm(x.to(Dtype::bf16)).y.value();
  CHECK(y.dtype() == Dtype::bf16);
  // Weights, sums and states are rounded to 8 bits each, some ten times.
  CHECK(largest_difference(y.to(Dtype::f32), expected) < 0.05);
}

TEST_CASE("inputs, weights and states of several float dtypes meet alike in all recurrences") {
  using Values = std::vector<Variable>;
  auto check = [](const char* name, std::int64_t gates, auto run) {
    INFO(name);
    auto wave = [](const Shape& shape, int seed) { return input(shape, -1, 1, seed).value(); };
    const std::vector<Tensor> values{wave({3, 2, 4 * gates}, 1), wave({4 * gates, 4}, 2),
                                     wave({2, 4}, 3)};
    auto in = [&](Dtype x, Dtype weight, Dtype h) {
      Values out;
      for (std::size_t i = 0; i < 3; ++i)
        out.emplace_back(values[i].to(std::array{x, weight, h}[i]), true);
      return out;
    };
    using enum Dtype;
    for (auto [x, weight, h] : {std::array{f32, f16, bf16},
                                {f16, f32, f32},
                                {bf16, f16, f16},
                                {f32, f32, f16},
                                {bf16, bf16, bf16}}) {
      const Values narrow = in(x, weight, h);
      Values wide;
      for (const Variable& value : narrow) wide.emplace_back(value.value().to(f32), true);
      const Dtype met = x == weight && weight == h ? x : f32;
      const Variable y = run(narrow), expected = run(wide);
      REQUIRE(y.dtype() == met);
      CHECK(numbers(y.value()) == numbers(expected.value().to(met)));
      const Tensor seed = Tensor::full(y.shape(), 0.75);
      const Values found = grad(y, narrow, {.seed = Variable(seed.to(met))});
      const Values exact = grad(expected, wide, {.seed = Variable(seed)});
      for (std::size_t i = 0; i < 3; ++i) {
        REQUIRE(found[i].dtype() == narrow[i].dtype());
        CHECK(numbers(found[i].value()) == numbers(exact[i].value().to(narrow[i].dtype())));
      }
    }
    CHECK(error_of([&] { run(in(f64, f32, f64)); }).starts_with(text(name, ": found dtypes")));
  };
  check("rnn", 1, [](const Values& in) { return rnn(in[0], in[1], in[2]); });
  check("gru", 3, [](const Values& in) { return gru(in[0], in[1], Variable(), in[2]); });
  check("lstm", 4, [](const Values& in) {
    return lstm(in[0], in[1], in[2], Variable(Tensor::full({2, 4}, 0.5, in[2].dtype())))[0];
  });
}

TEST_CASE("recurrent layers run in an Autocast and on states of another dtype") {
  auto check = [](auto layer) {
    layer.initialise(4);
    const Tensor x = Tensor::full({3, 2, 3}, 0.25), h = Tensor::full({1, 2, 4}, 0.5);
    const Variable expected = layer(x, nn::Recurrence{.h = h}).y;
    {
      const Autocast scope(Dtype::bf16);
      const Variable y = layer(x, nn::Recurrence{.h = h}).y;
      REQUIRE(y.dtype() == Dtype::f32);
      // Weights and sums are rounded to 8 bits.
      CHECK(largest_difference(y.value(), expected.value()) < 0.05);
    }
    const auto [y, last] = [&] {
      auto out = layer(x, nn::Recurrence{.h = h.to(Dtype::f16)});
      return std::pair(out.y, out.h);
    }();
    CHECK(y.dtype() == Dtype::f32);
    CHECK(last.dtype() == Dtype::f32);
    CHECK(numbers(y.value()) == numbers(expected.value()));  // f16 holds a half
  };
  check(nn::RNN(3, 4));
  check(nn::GRU(3, 4));
  check(nn::LSTM(3, 4));
}

TEST_CASE("recurrent layers name what does not fit") {
  nn::LSTM lstm(3, 4);
  nn::GRU gru(3, 4, {.batch_first = true});
  lstm.initialise(1), gru.initialise(1);
  Tensor x = Tensor::zeros({5, 2, 3});
  CHECK(error_of([&] {
          lstm(Tensor::zeros({5, 2, 4}));
        }) == "LSTM: found x [5, 2, 4], expected [steps, n, 3] with 1 step or more");
  CHECK(error_of([&] {
          gru(Tensor::zeros({2, 0, 3}));
        }) == "GRU: found x [2, 0, 3], expected [n, steps, 3] with 1 step or more");
  CHECK(error_of([&] {
          lstm(x, nn::Recurrence{.c = Tensor::zeros({1, 3, 4})});
        }) == "LSTM: found a state c [1, 3, 4] for x [5, 2, 3], expected [1, 2, 4]");
  CHECK(error_of([&] {
          gru(x, nn::Recurrence{.c = Tensor::zeros({1, 5, 4})});
        }) == "GRU: found a state c [1, 5, 4], expected h alone");
  Tensor lengths = Tensor::from(std::vector<std::int64_t>{5, 6}, {2});
  CHECK(error_of([&] { lstm(x, nn::Recurrence{.lengths = lengths}); }) ==
        "lstm: found length 6 of sequence 1, expected 0 to 5, the number of steps; in LSTM");
  CHECK(error_of([&] { lstm(x, nn::Recurrence{.lengths = lengths.slice(0, 0, 1)}); }) ==
        "lstm: found lengths [1] of i64 for x [5, 2, 16], expected [2] of i64; in LSTM");
  CHECK(error_of([] { nn::LSTM(3, 0); }) ==
        "LSTM: found 3 inputs, width 0 and 1 layers, expected 1 or more of each");
  CHECK(error_of([] { nn::RNN(3, 4, {.dropout = 0.5}); }) ==
        "RNN: found dropout 0.5 and 1 layer, expected layers for it to be between");
  CHECK(error_of([] { nn::RNN(3, 4, {.layers = 2, .dropout = 1}); }) ==
        "RNN: found dropout 1, expected 0 <= dropout < 1");
}
