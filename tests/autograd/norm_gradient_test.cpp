// Gradients of norms, and theirs, against central differences in f64.
#include "support/gradient_check.h"
#include "tutti/ops/group_norm.h"
#include "tutti/ops/rms_norm.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("gradients of rms_norm") {
  device = TUTTI_EACH_DEVICE;
  check_gradients([](const Inputs& in) { return rms_norm(in[0], in[1], 0.1); },
                  {input({2, 2, 3}), input({3}, 0.5, 2, 2)});
  check_gradients([](const Inputs& in) { return rms_norm(transpose(in[0])); }, {input({4, 2})});
  Tensor x = input({3, 4}).value();
  check_gradients([=](const Inputs& in) { return rms_norm(x, in[0]); }, {input({4})});
}

TEST_CASE("gradients of group_norm") {
  device = TUTTI_EACH_DEVICE;
  for (std::int64_t groups : {1, 2, 4})
    check_gradients([=](const Inputs& in) { return group_norm(in[0], groups, in[1], in[2], 0.1); },
                    {input({2, 4, 3}), input({4}, 0.5, 2, 2), input({4}, -1, 1, 3)});
  check_gradients([](const Inputs& in) { return group_norm(in[0], 2); }, {input({2, 6})});
  check_gradients([](const Inputs& in) { return group_norm(transpose(in[0], 1, 3), 2, in[1]); },
                  {input({1, 2, 2, 4}), input({4}, 0.5, 2, 2)});
  Tensor x = input({3, 2, 2}).value();
  check_gradients([=](const Inputs& in) { return group_norm(x, 1, Tensor(), in[0]); },
                  {input({2})});
}
