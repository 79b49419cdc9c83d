// Gradients of recurrences, and theirs, against central differences in f64.
#include "support/gradient_check.h"
#include "tutti/ops/gru.h"
#include "tutti/ops/lstm.h"
#include "tutti/ops/rnn.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// All ways through the sequences: [steps 3, n 2], of all steps and of lengths 2 and 3.
template <class Check>
void for_each_way(Check check) {
  for (bool reverse : {false, true})
    for (bool equal : {true, false}) {
      SequenceOptions options{.reverse = reverse};
      if (!equal) options.lengths = Tensor::from(std::vector<std::int64_t>{2, 3}, {2}, device);
      INFO("reverse " << reverse << ", equal lengths " << equal);
      check(options);
    }
}

}  // namespace

TEST_CASE("gradients of rnn") {
  device = TUTTI_EACH_DEVICE;
  for_each_way([](const SequenceOptions& options) {
    check_gradients(
        [=](const Inputs& in) { return rnn(in[0], in[1], in[2], RnnForm::tanh, options); },
        {input({3, 2, 2}), input({2, 2}, -1, 1, 2), input({2, 2}, -1, 1, 3)});
  });
  check_gradients([](const Inputs& in) { return rnn(in[0], in[1], in[2], RnnForm::relu); },
                  {input({3, 2, 2}, 0.2, 1), input({2, 2}, -1, 1, 2), input({2, 2}, -1, 1, 3)});
}

TEST_CASE("gradients of lstm") {
  device = TUTTI_EACH_DEVICE;
  const Inputs inputs{input({3, 2, 4}), input({4, 1}, -1, 1, 2), input({2, 1}, -1, 1, 3),
                      input({2, 1}, -1, 1, 4)};
  for_each_way([&](const SequenceOptions& options) {
    check_gradients(
        [=](const Inputs& in) {
          std::vector<Variable> states = lstm(in[0], in[1], in[2], in[3], options);
          return states[0] * states[1];
        },
        inputs);
  });
  for (std::size_t k : {0, 1})  // of one output alone
    check_gradients([=](const Inputs& in) { return lstm(in[0], in[1], in[2], in[3])[k]; }, inputs);
}

TEST_CASE("gradients of gru") {
  device = TUTTI_EACH_DEVICE;
  for_each_way([](const SequenceOptions& options) {
    check_gradients(
        [=](const Inputs& in) { return gru(in[0], in[1], in[2], in[3], options); },
        {input({3, 2, 3}), input({3, 1}, -1, 1, 2), input({3}, -1, 1, 3), input({2, 1})});
  });
  check_gradients([](const Inputs& in) { return gru(in[0], in[1], Variable(), in[2]); },
                  {input({2, 2, 6}), input({6, 2}, -1, 1, 2), input({2, 2}, -1, 1, 3)});
}
