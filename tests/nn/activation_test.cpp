// Activation functions against PyTorch's numbers.
#include "tutti/nn/activation.h"

#include <cmath>

#include "support/catch.h"
#include "support/golden.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// Functions of order 1 to 10 in f64, by another library's exp, tanh and erf.
template <class M>
void check_golden(const char* name, const M& module) {
  INFO(name);
  Golden golden("activations", name);
  Variable x(golden.tensor("x"), true);
  Variable y = module(x);
  CHECK(largest_difference(y.value(), golden.tensor("y")) < 1e-13);
  y.backward({.seed = golden.tensor("dy")});
  CHECK(largest_difference(x.grad(), golden.tensor("dx")) < 1e-13);
}

}  // namespace

// As torch.nn.functional.relu6: its backward passes what lies between the bounds.
TEST_CASE("relu6 passes no gradient at its bounds, and NaN as it is") {
  Variable x(Tensor::from(std::vector<float>{-1, 0, 3, 6, 7, NAN}, {6}), true);
  const Variable y = relu6(x);
  const std::vector<float> values = y.value().to_vector<float>();
  CHECK(std::vector(values.begin(), values.end() - 1) == std::vector<float>{0, 0, 3, 6, 6});
  CHECK(std::isnan(values.back()));
  y.backward({.seed = Tensor::full({6}, 1)});
  const std::vector<float> passed = x.grad().to_vector<float>();
  CHECK(std::vector(passed.begin(), passed.end() - 1) == std::vector<float>{0, 0, 1, 0, 0});
}

TEST_CASE("activations give PyTorch's numbers") {
  check_golden("relu", nn::ReLU());
  check_golden("leaky_relu", nn::LeakyReLU());
  check_golden("elu", nn::ELU());
  check_golden("elu_scaled", nn::ELU(0.3));
  check_golden("gelu", nn::GELU());
  check_golden("gelu_tanh", nn::GELU(nn::GeluForm::tanh));
  check_golden("silu", nn::SiLU());
  check_golden("sigmoid", nn::Sigmoid());
  check_golden("tanh", nn::Tanh());
  check_golden("softplus", nn::Softplus());
  check_golden("softmax", nn::Softmax());
  check_golden("log_softmax", nn::LogSoftmax());
}

TEST_CASE("elu neither cancels near 0 nor overflows") {
  Tensor x = Tensor::from(std::vector<float>{-1e-6f, -200, 200, 0}, {4});
  std::vector<float> y = elu(x).to_vector<float>();
  CHECK(y[0] == Approx(-1e-6).epsilon(1e-5));
  CHECK(y[1] == -1);
  CHECK(y[2] == 200);
  CHECK(y[3] == 0);
}
