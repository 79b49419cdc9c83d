// Every op's gradient, and its gradient's gradient, against central differences in f64.
#include "support/gradient_check.h"
#include "tutti/nn/loss.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/huber.h"
#include "tutti/ops/math.h"
#include "tutti/ops/matmul.h"

using namespace tutti;
using namespace tutti::test;

namespace {

Function unary(auto f) {
  return [f](const Inputs& x) { return f(x[0]); };
}

}  // namespace

TEST_CASE("elementwise gradients") {
  device = TUTTI_EACH_DEVICE;
  check_gradients(unary([](const Variable& x) { return exp(x); }), {input({7})});
  check_gradients(unary([](const Variable& x) { return log(x); }), {input({7}, 0.5, 2)});
  check_gradients(unary([](const Variable& x) { return sqrt(x); }), {input({7}, 0.5, 2)});
  check_gradients(unary([](const Variable& x) { return sin(x) + cos(x * 2.0); }), {input({7})});
  check_gradients(unary([](const Variable& x) { return erf(x); }), {input({7})});
  check_gradients(unary([](const Variable& x) { return tanh(x); }), {input({7})});
  check_gradients(unary([](const Variable& x) { return sigmoid(x); }), {input({7})});
  check_gradients(unary([](const Variable& x) { return silu(x); }), {input({7})});
  check_gradients(unary([](const Variable& x) { return gelu(x); }), {input({7})});
  check_gradients(unary([](const Variable& x) { return gelu_tanh(x); }), {input({7}, -3, 3)});
  check_gradients(unary([](const Variable& x) { return softplus(x); }), {input({7})});
  check_gradients(unary([](const Variable& x) { return pow(x, 3.0); }), {input({7}, 0.5, 2)});
  check_gradients(unary([](const Variable& x) { return relu(x) * x; }), {input({7})});
  check_gradients(unary([](const Variable& x) { return leaky_relu(x, 0.1) * x; }), {input({7})});
  check_gradients(unary([](const Variable& x) { return elu(x, 0.7) * x; }), {input({7}, -3, 3)});
  check_gradients(unary([](const Variable& x) { return huber(x, 0.6); }), {input({7}, -2, 2)});
  check_gradients(unary([](const Variable& x) { return abs(x) * x; }), {input({7})});
}

TEST_CASE("arithmetic gradients, with broadcasting") {
  device = TUTTI_EACH_DEVICE;
  Inputs ab{input({3, 4}), input({4}, 0.5, 2, 2)};
  check_gradients([](const Inputs& x) { return x[0] + x[1]; }, ab);
  check_gradients([](const Inputs& x) { return x[0] - x[1]; }, ab);
  check_gradients([](const Inputs& x) { return x[0] * x[1]; }, ab);
  check_gradients([](const Inputs& x) { return x[0] / x[1]; }, ab);
  check_gradients([](const Inputs& x) { return (2.0 - x[0]) * 0.5 + (-x[1] / 3.0); }, ab);
  check_gradients([](const Inputs& x) { return x[0] * x[0] * x[1]; }, ab);
  check_gradients(
      [](const Inputs& x) {
        Variable y = x[0];
        y += x[1];
        y *= x[0];
        y -= 2;
        y /= x[1];
        return y;
      },
      ab);
}

TEST_CASE("gradients of views and reductions") {
  device = TUTTI_EACH_DEVICE;
  Inputs x{input({2, 3, 4})};
  check_gradients(
      [](const Inputs& in) {
        return reshape(in[0], {6, 4}) * reshape(in[0], {6, -1});
      },
      x);
  check_gradients(
      [](const Inputs& in) {
        return permute(in[0], {2, 0, 1}) * permute(in[0], {2, 0, 1});
      },
      x);
  check_gradients([](const Inputs& in) { return slice(in[0], 1, 1, 3) * slice(in[0], 1, 0, 2); },
                  x);
  check_gradients([](const Inputs& in) { return sin(expand(sum(in[0], {0}), {5, 3, 4})); }, x);
  check_gradients([](const Inputs& in) { return sin(mean(in[0], {0, 2})); }, x);
  check_gradients([](const Inputs& in) { return sin(max(in[0], {1})); }, x);
  check_gradients([](const Inputs& in) { return sin(sum(in[0])); }, x);
  check_gradients(
      [](const Inputs& in) {
        return zero_pad(slice(in[0], 2, 1, 2), {2, 3, 5}, 2, 3) * 2.0;
      },
      x);
}

TEST_CASE("matmul gradients") {
  device = TUTTI_EACH_DEVICE;
  check_gradients([](const Inputs& x) { return matmul(x[0], x[1]); },
                  {input({3, 4}), input({4, 2})});
  check_gradients([](const Inputs& x) { return matmul(x[0], transpose(x[1])); },
                  {input({2, 3, 4}), input({5, 4})});
}

TEST_CASE("gradients of softmax and losses") {
  device = TUTTI_EACH_DEVICE;
  Tensor labels = Tensor::from(std::vector<std::int64_t>{2, 0, 3}, {3}, device);
  check_gradients([](const Inputs& x) { return softmax(x[0]); }, {input({3, 4})});
  check_gradients([](const Inputs& x) { return log_softmax(x[0]); }, {input({3, 4})});
  check_gradients([=](const Inputs& x) { return nn::cross_entropy(x[0], labels); },
                  {input({3, 4})});
  check_gradients(
      [](const Inputs& x) {
        return nn::mse_loss(x[0], Tensor::full({3, 4}, 0.2, Dtype::f64, device));
      },
      {input({3, 4})});
}
