// Residual connections and the networks made of them.
#include "tutti/nn/resnet.h"

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/residual.h"
#include "tutti/nn/stateless.h"

using namespace tutti;
using test::contains;
using test::error_of;

TEST_CASE("a residual connection adds its input, or what the shortcut makes of it") {
  nn::Residual plain(nn::Sequential(nn::Linear(3, 3)));
  nn::Residual wide(nn::Sequential(nn::Linear(3, 5)), nn::Sequential(nn::Linear(3, 5, false)));
  nn::Residual wrong(nn::Sequential(nn::Linear(3, 5)));
  for (nn::Module* module : std::initializer_list<nn::Module*>{&plain, &wide, &wrong})
    module->initialise(1);
  const Variable x(Tensor::full({2, 3}, 0.5));
  const auto linear_of = [&](const nn::Module& module, const std::string& path) {
    const Tensor w = module.parameters(path + ".0.weight")[0].value();
    Tensor y = matmul(x.value(), w.transpose());
    for (const Parameter& bias : module.parameters())
      if (bias.path == path + ".0.bias") y = y + bias.value();
    return y.to_vector<float>();
  };
  auto sum_of = [](std::vector<float> a, const std::vector<float>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
    return a;
  };
  const auto close = [](const Variable& y, const std::vector<float>& expected) {
    const auto found = y.value().to_vector<float>();
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]));
  };
  close(plain(x), sum_of(linear_of(plain, "body"), x.value().to_vector<float>()));
  close(wide(x), sum_of(linear_of(wide, "body"), linear_of(wide, "shortcut")));
  CHECK(contains(error_of([&] { wrong(x); }), "found [2, 5] of the body and [2, 3] of the input"));
}

TEST_CASE("the networks for CIFAR have the paper's sizes") {
  // Table 6 of the paper: 0.27 M, 0.46 M and 0.85 M; the shortcuts have 2,752 of them.
  const std::pair<std::int64_t, std::int64_t> sizes[] = {{20, 272474}, {32, 466906}, {56, 855770}};
  for (auto [depth, count] : sizes) CHECK(nn::resnet_cifar(depth).parameter_count() == count);
  nn::Sequential net = nn::resnet_cifar(8, 7);
  net.initialise(1);
  const Variable y = net(Variable(Tensor::full({2, 3, 32, 32}, 0.1)));
  CHECK(y.shape() == Shape{2, 7});
  mean(y * y).backward();
  for (const Parameter& parameter : net.parameters()) CHECK(parameter.grad());
  CHECK(contains(error_of([] { nn::resnet_cifar(18); }), "found depth 18"));
}
