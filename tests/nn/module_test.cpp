#include "tutti/nn/module.h"

#include <cmath>

#include "support/devices.h"
#include "support/errors.h"
#include "tutti/nn/conv2d.h"
#include "tutti/nn/dropout.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

struct Net : nn::Layer<Net> {
  nn::Linear hidden = add("hidden", nn::Linear(6, 4));
  nn::Sequential tail = add("tail", nn::Sequential(nn::ReLU(), nn::Linear(4, 3, false)));
  Variable scale = add_parameter("scale", {3}, nn::ones());
  Variable seen = add_buffer("seen", {1}, nn::zeros());
  Variable forward(const Variable& x) const { return tail(hidden(x)) * scale; }
};

// Adds what it is told to.
struct Open : nn::Layer<Open> {
  void child(const std::string& name) { add(name, nn::ReLU()); }
  void parameter(const std::string& name) { add_parameter(name, {1}, nn::ones()); }
  void buffer(const std::string& name) { add_buffer(name, {1}, nn::ones()); }
};

}  // namespace

TEST_CASE("parameters have paths and are found once") {
  Net net;
  const Device device = TUTTI_EACH_DEVICE;
  net.initialise(7, device);
  std::vector<std::string> paths;
  for (const Parameter& parameter : net.parameters()) paths.push_back(parameter.path);
  CHECK(paths ==
        std::vector<std::string>{"scale", "hidden.weight", "hidden.bias", "tail.1.weight"});
  CHECK(net.buffers().size() == 1);
  CHECK(net.parameter_count() == 3 + 24 + 4 + 12);
  CHECK(net(Tensor::full({2, 6}, 1, Dtype::f32, device)).shape() == Shape{2, 3});
  Net copy = net;
  copy.initialise(8, device);
  CHECK(copy.digest() == net.digest());
}

TEST_CASE("initial values depend on seed and path alone") {
  auto weight = [](std::uint64_t seed, auto... before) {
    nn::Sequential model(before..., nn::Linear(5, 5));
    model.initialise(seed);
    return model.parameters()[model.parameters().size() - 2].value();
  };
  std::vector<float> one = weight(1).to_vector<float>();
  CHECK(one == weight(1).to_vector<float>());
  CHECK(one != weight(2).to_vector<float>());
  CHECK(one != weight(1, nn::ReLU()).to_vector<float>());
}

// Means of n draws scatter by deviation / sqrt(n): five of those are allowed.
TEST_CASE("initialisers have the moments that their papers give") {
  auto moments = [](nn::Init init) {
    std::vector<double> v =
        nn::draw(init, {200000}, Dtype::f64, 3, 4, Device()).to_vector<double>();
    double mean = 0, square = 0;
    for (double x : v) mean += x / 200000, square += x * x / 200000;
    return std::pair(mean, square);
  };
  for (auto [init, variance] :
       {std::pair(nn::kaiming_uniform(50), 2.0 / 50), std::pair(nn::kaiming_normal(50), 2.0 / 50),
        std::pair(nn::xavier_uniform(30, 20), 2.0 / 50),
        std::pair(nn::xavier_normal(30, 20), 2.0 / 50)}) {
    auto [mean, square] = moments(init);
    CHECK(std::fabs(mean) < 5 * std::sqrt(variance / 200000));
    CHECK(square == Approx(variance).epsilon(0.02));
  }
}

TEST_CASE("dropout keeps the mean and depends on its position alone") {
  nn::Sequential model(nn::Dropout(0.25));
  const Device device = TUTTI_EACH_DEVICE;
  model.initialise(1, device);
  Tensor x = Tensor::full({100000}, 1, Dtype::f32, device);
  auto draw = [&](std::uint64_t step, std::uint32_t shard) {
    auto position = std::make_shared<nn::RandomPosition>();
    position->step = step, position->shard = shard;
    model.set_random_position(position);
    return model(x).value().to_vector<float>();
  };
  std::vector<float> first = draw(3, 2);
  CHECK(first == draw(3, 2));
  CHECK(first != draw(3, 1));
  CHECK(first != draw(4, 2));
  CHECK(model(x).value().to_vector<float>() != draw(4, 2));
  double kept = 0;
  for (float value : first) {
    REQUIRE((value == 0.0f || value == Approx(4.0 / 3)));
    kept += value > 0;
  }
  CHECK(kept / 100000 == Approx(0.75).margin(0.007));
  model.eval();
  CHECK(model(x).value().to_vector<float>() == std::vector<float>(100000, 1.0f));
}

TEST_CASE("names that would give two parts one path are refused") {
  Open open;
  open.child("a");
  open.parameter("a");  // its path is no child's: those have parts behind a dot
  for (const std::string name : {"", ".", "a.b", "b.", ".b"}) {
    INFO(name);
    const std::string found = text(" of the name \"", name, "\", expected one or more characters");
    CHECK(contains(error_of([&] { open.child(name); }), "Open: found a child" + found));
    CHECK(contains(error_of([&] { open.parameter(name); }), "parameter or buffer" + found));
    CHECK(contains(error_of([&] { open.buffer(name); }), "parameter or buffer" + found));
  }
  CHECK(error_of([&] { open.child("a"); }) ==
        "Open: found a second child \"a\", expected names that differ");
  CHECK(contains(error_of([&] { open.parameter("a"); }), "second parameter or buffer \"a\""));
  CHECK(contains(error_of([&] { open.buffer("a"); }), "second parameter or buffer \"a\""));
  CHECK(open.modules().size() == 2);
  CHECK(open.parameters().size() + open.buffers().size() == 1);
}

TEST_CASE("misuse is named") {
  Net net;
  CHECK_THROWS_AS(net(Tensor::full({2, 6}, 1)), Error);
  net.initialise(1);
  CHECK_THROWS_AS(net(Tensor::full({2, 5}, 1)), Error);
  CHECK_THROWS_AS(net(Tensor::full({2, 6}, 1, Dtype::f64)), Error);
  CHECK_THROWS_AS(nn::Linear(0, 3), Error);
  CHECK_THROWS_AS(nn::Dropout(1.0), Error);
  nn::Conv2d conv(2, 3, 3);
  conv.initialise(1);
  CHECK_THROWS_AS(conv(Tensor::full({1, 1, 5, 5}, 1)), Error);
  CHECK_THROWS_AS(conv(Tensor::full({1, 2, 2, 5}, 1)), Error);
  CHECK(conv(Tensor::full({0, 2, 5, 5}, 1)).shape() == Shape{0, 3, 3, 3});
}
