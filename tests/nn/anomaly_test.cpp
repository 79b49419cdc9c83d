// The first NaN or infinity is named with its op, module, element and step.
#include "tutti/nn/anomaly.h"

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/comm/threads.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/sequential.h"
#include "tutti/ops/math.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

struct Logarithm : nn::Layer<Logarithm> {
  Variable forward(const Variable& x) const { return log(x); }
};
struct Root : nn::Layer<Root> {
  Variable forward(const Variable& x) const { return sqrt(x); }
};

// [-1, 0, 1] after the linear layer.
nn::Sequential network(const nn::Sequential& last) {
  nn::Sequential net(nn::Linear(1, 3, false), last);
  net.initialise(1);
  net.parameters()[0].set_value(Tensor::from<float>({-1, 0, 1}, {3, 1}));
  return net;
}

}  // namespace

TEST_CASE("a result that is no number is named where it is made") {
  const nn::Sequential net = network(nn::Sequential(Logarithm(), Root()));
  const Variable x(Tensor::full({2, 1}, 1));
  CHECK_NOTHROW(net(x));
  const std::string error = error_of([&] {
    nn::DetectAnomaly anomalies(net);
    net(x);
  });
  INFO(error);
  CHECK(contains(error, "Log in 1.0 gave nan at [0, 0] of [2, 3] f32"));
  CHECK(!contains(error, "in layer"));
  CHECK_NOTHROW(net(x));  // hooks are gone
}

TEST_CASE("a gradient that is no number is named by the op whose backward gave it") {
  nn::Sequential net = network(nn::Sequential(Root()));
  net.parameters()[0].set_value(Tensor::from<float>({4, 0, 1}, {3, 1}));
  nn::DetectAnomaly anomalies(net);
  const Variable loss = sum(net(Variable(Tensor::full({2, 1}, 1))));
  const std::string error = error_of([&] { loss.backward(); });
  INFO(error);
  CHECK(contains(error, "the backward of Sqrt in 1.0 gave inf at [0, 1] of [2, 3] f32"));
}

TEST_CASE("the step is named under a wrapper, and finite runs pass") {
  run_threads(1, [](Communicator& world) {
    nn::Sequential net = network(nn::Sequential(Root()));
    net.parameters()[0].set_value(Tensor::from<float>({4, 2, 1}, {3, 1}));
    parallel::DataParallel<nn::Sequential> parallel_net(world, net);
    nn::DetectAnomaly anomalies(net);
    for (int step = 0; step < 3; ++step) {
      sum(parallel_net(Variable(Tensor::full({2, 1}, 1)))).backward();
      net.zero_grad();
    }
    const std::string error = error_of([&] { parallel_net(Variable(Tensor::full({2, 1}, -1))); });
    if (!contains(error, "in step 3")) raise("found \"", error, '"');
  });
}
