// Recurrences on CUDA.
#include "cuda_compare.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/gru.h"
#include "tutti/ops/lstm.h"
#include "tutti/ops/rnn.h"

namespace tutti::test {

namespace {

constexpr std::int64_t steps = 3, n = 3, width = 33;

// y and all gradients by x, weight, h and c of f(leaves, options).
template <class F>
void compare_sequences(const Device& cuda, Dtype dtype, std::int64_t gates, F f) {
  std::vector<Tensor> inputs{random_tensor({steps, n, gates * width}, dtype, 80),
                             random_tensor({gates * width, width}, dtype, 81),
                             random_tensor({n, width}, dtype, 82),
                             random_tensor({n, width}, dtype, 83),
                             random_tensor({gates * width}, dtype, 84),
                             random_tensor({steps, n, width}, dtype, 85)};
  const std::size_t leaves = 5;
  for (bool reverse : {false, true})
    for (bool equal : {true, false})
      for (std::size_t i = 0; i <= leaves; ++i)
        // Three products of 33 to 132 numbers each after each other.
        compare(cuda, inputs, 100 * tolerance_of(dtype), [&](const auto& in) {
          SequenceOptions options{.reverse = reverse};
          if (!equal)
            options.lengths =  // a column of a table
                Tensor::from(std::vector<std::int64_t>{2, 9, 0, 9, 3, 9}, {n, 2}, in[0].device())
                    .select(1, 0);
          std::vector<Variable> x;
          for (std::size_t k = 0; k < leaves; ++k) x.emplace_back(in[k], true);
          Variable y = f(x, options);
          return i == leaves ? y.value()
                             : grad(y, {x[i]}, {.seed = Variable(in[leaves])})[0].value();
        });
}

}  // namespace

TEST_CASE("cuda: recurrences and their gradients") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    INFO(dtype);
    for (RnnForm form : {RnnForm::tanh, RnnForm::relu})
      compare_sequences(*cuda, dtype, 1, [&](const auto& in, const SequenceOptions& options) {
        return rnn(in[0], in[1], in[2], form, options);
      });
    compare_sequences(*cuda, dtype, 4, [](const auto& in, const SequenceOptions& options) {
      std::vector<Variable> states = lstm(in[0], in[1], in[2], in[3], options);
      return states[0] + 0.5 * states[1];
    });
    compare_sequences(*cuda, dtype, 3, [](const auto& in, const SequenceOptions& options) {
      return gru(in[0], in[1], in[4], in[2], options);
    });
  }
}

}  // namespace tutti::test
