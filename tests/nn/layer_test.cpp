// Copies, cuts and ties of modules, their hooks, and how parameters are chosen and begin.
#include "tutti/nn/layer.h"

#include <cmath>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/nn/conv2d.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"
#include "tutti/optim/sgd.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

std::vector<std::string> paths_of(const std::vector<Parameter>& parameters) {
  std::vector<std::string> paths;
  for (const Parameter& parameter : parameters) paths.push_back(parameter.path);
  return paths;
}

struct Doubled : nn::Layer<Doubled> {
  Variable forward(const Variable& x) const { return x * 2.0; }
};

// One layer under two names.
struct Tied : nn::Layer<Tied> {
  nn::Linear first = add("first", nn::Linear(3, 3)), again = add("again", first);
  Variable forward(const Variable& x) const { return again(first(x)); }
};

}  // namespace

TEST_CASE("copies of a Sequential see what is appended to either") {
  nn::Sequential s(nn::Linear(3, 4));
  nn::Sequential t = s;
  s.append(nn::Linear(4, 2));
  t.append(Doubled());
  for (nn::Sequential* model : {&s, &t}) {
    CHECK(model->size() == 3);
    CHECK(paths_of(model->parameters()) ==
          std::vector<std::string>{"0.weight", "0.bias", "1.weight", "1.bias"});
  }
  s.initialise(1);
  Tensor x = Tensor::full({2, 3}, 1);
  std::vector<float> y = s(x).value().to_vector<float>();
  CHECK(y.size() == 4);
  CHECK(t(x).value().to_vector<float>() == y);
}

TEST_CASE("a slice shares layers and keeps their names and draws") {
  nn::Sequential model(nn::Linear(3, 8), nn::Dropout(0.5), nn::Linear(8, 8), nn::Dropout(0.5));
  model.initialise(7);
  nn::Sequential front = model.slice(0, 2), back = model.slice(2, 4);
  CHECK(paths_of(back.parameters()) == std::vector<std::string>{"2.weight", "2.bias"});
  CHECK(model.slice(3, 3).size() == 0);
  Tensor x = Tensor::full({16, 3}, 1);
  auto restart = [&] { model.set_random_position(std::make_shared<nn::RandomPosition>()); };
  restart();
  std::vector<float> whole = model(x).value().to_vector<float>();
  restart();
  CHECK(back(front(x)).value().to_vector<float>() == whole);
  back.append(Doubled());  // to the slice alone, as number 4
  CHECK(back.modules().back().path == "4");
  CHECK(model.size() == 4);
  // Drawn as a part of the model or alone: the paths are the same.
  Sha256::Digest digest = back.digest();
  back.initialise(7);
  CHECK(back.digest() == digest);
  CHECK(contains(error_of([&] { model.slice(1, 5); }), "4 layers"));
  CHECK_THROWS_AS(model.slice(2, 1), Error);
  CHECK_THROWS_AS(model.slice(-1, 1), Error);
}

TEST_CASE("a module that is registered twice is listed once and updated once") {
  Tied tied;
  CHECK(paths_of(tied.parameters()) == std::vector<std::string>{"first.weight", "first.bias"});
  CHECK(tied.parameter_count() == 12);
  CHECK(tied.modules().size() == 2);
  tied.initialise(1, Device::cpu(), Dtype::f64);
  // d/db of sum(w (w x + b) + b) is the sum of w's columns, and 1.
  std::vector<double> w = tied.first.weight().value().to_vector<double>();
  std::vector<double> b = tied.first.bias().value().to_vector<double>();
  sum(tied(Tensor::full({1, 3}, 1, Dtype::f64))).backward();
  std::vector<double> g = tied.again.bias().grad().to_vector<double>();
  optim::Sgd sgd(tied.parameters(), {.lr = 0.5});
  sgd.step();
  std::vector<double> after = tied.again.bias().value().to_vector<double>();
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(g[i] == Approx(1 + w[i] + w[3 + i] + w[6 + i]));
    CHECK(after[i] == Approx(b[i] - 0.5 * g[i]));
  }
}

TEST_CASE("hooks see and replace what goes in and comes out, until they are removed") {
  nn::Sequential model{Doubled(), Doubled()};
  nn::Module second = model.modules()[2].module;
  Variable x(Tensor::full({2}, 3), true);
  auto run = [&] { return model(x).value().to_vector<float>()[0]; };
  std::string seen;
  std::uint64_t pre =
      second.add_hook(nn::Module::PreHook([&](const nn::Module& module, std::span<Variable> in) {
        seen += text(module.type(), ' ', in.size(), ' ', in[0].value().to_vector<float>()[0], "; ");
        in[0] = in[0] + 1.0;
      }));
  CHECK(run() == 14);
  std::uint64_t post = second.add_hook(
      nn::Module::PostHook([&](const nn::Module&, std::span<const Variable> in, Variable& out) {
        seen += text(in[0].value().to_vector<float>()[0], "; ");
        out = out * 10.0;
      }));
  CHECK(run() == 140);
  CHECK(contains(seen, "Doubled 1 6; "));
  CHECK(contains(seen, "6; 7; "));
  sum(model(x)).backward();  // what hooks do is recorded
  CHECK(x.grad().to_vector<float>() == std::vector<float>{40, 40});
  second.remove_hook(pre);
  CHECK(run() == 120);
  second.remove_hook(post);
  CHECK(run() == 12);
}

TEST_CASE("a hook may remove itself, and one of a tensor argument may replace it") {
  struct Shifted : nn::Layer<Shifted> {
    Variable forward(const Variable& x, const Tensor& by, double times) const {
      return (x + Variable(by)) * times;
    }
  } layer;
  int calls = 0;
  std::uint64_t number = 0;
  number =
      layer.add_hook(nn::Module::PreHook([&, layer](const nn::Module&, std::span<Variable> in) {
        ++calls;
        in[1] = Tensor::full({}, 5);
        layer.remove_hook(number);
      }));
  auto run = [&] { return layer(Variable(Tensor::full({}, 1)), Tensor::full({}, 2), 3.0).item(); };
  CHECK(run() == 18);
  CHECK(run() == 9);
  CHECK(calls == 1);
}

TEST_CASE("modules are listed with their paths, each before its children") {
  nn::Sequential model(nn::Sequential(nn::ReLU(), nn::Linear(2, 2)), Doubled());
  std::string listed;
  for (const auto& [path, module] : model.modules())
    listed += text('<', path, "> ", module.type(), "; ");
  CHECK(listed == "<> Sequential; <0> Sequential; <0.0> ReLU; <0.1> Linear; <1> Doubled; ");
}

TEST_CASE("an Error of a forward names the innermost layer once, with hooks and without") {
  struct Outer : nn::Layer<Outer> {
    nn::Sequential body =
        add("body", nn::Sequential(Doubled(), nn::Sequential(Doubled(), nn::Linear(3, 2))));
    Variable forward(const Variable& x) const {
      if (x.size(0) == 0) raise("found no rows\nmore");
      return body(x);
    }
  } model;
  model.initialise(1);
  auto check = [&] {
    const std::string error = error_of([&] { model(Tensor::full({2, 5}, 1)); });
    INFO(error);
    CHECK(error.ends_with("; in layer body.1.1 (Linear)"));
    CHECK(error.find("; in") == error.rfind("; in"));
    CHECK(error_of([&] { model(Tensor::zeros({0, 3})); }) == "found no rows; in Outer\nmore");
    CHECK(error_of([&] {
            model.body(Tensor::full({2, 5}, 1));
          }).ends_with("; in layer 1.1 (Linear)"));
  };
  check();
  auto pass = [](const nn::Module&, std::span<Variable>) {};
  for (const auto& [path, module] : model.modules()) module.add_hook(nn::Module::PreHook(pass));
  check();
}

TEST_CASE("errors of other classes pass through layers as they are") {
  struct Lost : Error {
    using Error::Error;
  };
  struct Losing : nn::Layer<Losing> {
    Variable forward(const Variable&) const { throw Lost("lost"); }
  };
  const nn::Sequential model{Losing(), Doubled()};
  CHECK_THROWS_AS(model(Tensor::full({1}, 1)), Lost);
  CHECK(error_of([&] { model(Tensor::full({1}, 1)); }) == "lost");
}

TEST_CASE("a Sequential of one Sequential is a copy, an appended one a layer") {
  const nn::Sequential inner(nn::Linear(3, 2, false));
  CHECK(paths_of(nn::Sequential(inner).parameters()) == std::vector<std::string>{"0.weight"});
  nn::Sequential outer;
  CHECK(paths_of(outer.append(inner).parameters()) == std::vector<std::string>{"0.0.weight"});
}

TEST_CASE("parameters are chosen by pattern or predicate") {
  nn::Sequential model(nn::Linear(3, 4), nn::Conv2d(1, 2, 3), nn::Linear(4, 2, false));
  CHECK(paths_of(model.parameters("*.bias")) == std::vector<std::string>{"0.bias", "1.bias"});
  CHECK(paths_of(model.parameters("?.weight")).size() == 3);
  CHECK(contains(error_of([&] { model.parameters("bias"); }), "\"bias\""));
  model.initialise(1);
  CHECK(paths_of(model.parameters(nn::is_matrix)) ==
        std::vector<std::string>{"0.weight", "1.weight", "2.weight"});
  auto none = [](const Parameter&) { return false; };
  CHECK(model.parameters(none).empty());
}

TEST_CASE("set_init changes what the parameters that fit begin with") {
  nn::Sequential model(nn::Linear(3, 4), nn::Linear(4, 2));
  model.initialise(1);
  std::vector<float> other = model.parameters("1.weight")[0].value().to_vector<float>();
  model.set_init("0.*", nn::ones());
  model.set_init("*.bias", {nn::Init::Kind::constant, 0.5});
  model.initialise(1);
  CHECK(model.parameters("0.weight")[0].value().to_vector<float>() == std::vector<float>(12, 1));
  CHECK(model.parameters("0.bias")[0].value().to_vector<float>() == std::vector<float>(4, 0.5));
  CHECK(model.parameters("1.weight")[0].value().to_vector<float>() == other);
  CHECK(contains(error_of([&] { model.set_init("2.*", nn::ones()); }), "\"2.*\""));
}

// Of n uniform draws, the largest lies below 1 - 1/20 of the bound with probability 0.95^n.
TEST_CASE("linear and convolution begin within 1 / sqrt(fan_in), biases too") {
  auto check = [](const nn::Module& module, double bound) {
    for (const Parameter& parameter : module.parameters()) {
      INFO(parameter.path);
      double largest = 0, sum = 0;
      std::vector<float> values = parameter.value().to_vector<float>();
      for (float value : values) {
        largest = std::max(largest, std::abs(static_cast<double>(value)));
        sum += value;
      }
      CHECK(largest <= bound);
      CHECK(largest > 0.95 * bound);
      CHECK(std::abs(sum / static_cast<double>(values.size())) < 0.3 * bound);
    }
  };
  nn::Linear linear(49, 300);
  linear.initialise(1);
  check(linear, 1.0 / 7);
  nn::Conv2d conv(4, 300, 5);
  conv.initialise(1);
  check(conv, 0.1);
}
