// Gradients of convolution and pooling. All are linear in each input, or are where the maxima stay:
// a sine makes second derivatives of them.
#include "support/gradient_check.h"
#include "tutti/ops/conv1d.h"
#include "tutti/ops/conv_transpose2d.h"
#include "tutti/ops/pool1d.h"

using namespace tutti;
using namespace tutti::test;

namespace {

Function sine_of(auto f) {
  return [f](const Inputs& x) { return sin(f(x)); };
}

}  // namespace

TEST_CASE("convolution gradients") {
  device = TUTTI_EACH_DEVICE;
  auto check = [](const Shape& x, const Shape& w, const Conv2dOptions& options) {
    auto f = [=](const Inputs& in) { return conv2d(in[0], in[1], in[2], options); };
    check_gradients(sine_of(f), {input(x), input(w, -1, 1, 2), input({w[0]}, -1, 1, 3)});
  };
  check({2, 2, 5, 4}, {3, 2, 3, 2}, {});
  check({1, 2, 5, 6}, {3, 2, 3, 2}, {.stride = {2, 3}, .padding = {1, 2}});
  check({1, 4, 5, 4}, {4, 2, 2, 3}, {.padding = 1, .dilation = {2, 1}, .groups = 2});
  check({2, 2, 4, 5}, {4, 1, 3, 2}, {.stride = {1, 2}, .padding = 1, .groups = 2});  // depthwise
  check_gradients(sine_of([](const Inputs& in) { return conv2d(in[0], in[1]); }),
                  {input({1, 2, 3, 4}), input({3, 2, 2, 2}, -1, 1, 2)});
  check_gradients(sine_of([](const Inputs& in) {
                    return conv1d(in[0], in[1], in[2], {.stride = 2, .padding = 1});
                  }),
                  {input({2, 2, 6}), input({3, 2, 3}, -1, 1, 2), input({3}, -1, 1, 3)});
}

TEST_CASE("transposed convolution gradients") {
  device = TUTTI_EACH_DEVICE;
  auto check = [](const Shape& x, const Shape& w, const ConvTranspose2dOptions& options) {
    auto f = [=](const Inputs& in) { return conv_transpose2d(in[0], in[1], in[2], options); };
    check_gradients(sine_of(f),
                    {input(x), input(w, -1, 1, 2), input({w[1] * options.groups}, -1, 1, 3)});
  };
  check({1, 2, 3, 2}, {2, 3, 2, 3}, {});
  check({1, 4, 2, 3}, {4, 1, 3, 2},
        {.stride = {3, 2}, .padding = {1, 0}, .output_padding = {2, 1}, .groups = 2});
  check({1, 2, 3, 3}, {2, 2, 2, 2}, {.output_padding = 1, .dilation = 2});
}

TEST_CASE("pooling gradients") {
  device = TUTTI_EACH_DEVICE;
  auto check = [](auto f) {
    check_gradients(sine_of([=](const Inputs& in) { return f(in[0]); }), {input({1, 2, 5, 6})});
  };
  using V = Variable;
  check([](const V& x) { return max_pool2d(x, 2); });
  check([](const V& x) { return max_pool2d(x, {3, 2}, {.stride = {2, 1}, .padding = 1}); });
  check([](const V& x) { return max_pool2d(x, 2, {.stride = 1, .dilation = {1, 3}}); });
  check([](const V& x) { return adaptive_max_pool2d(x, {2, 4}); });
  check([](const V& x) { return avg_pool2d(x, 2); });
  check([](const V& x) { return avg_pool2d(x, {3, 2}, {.stride = {2, 1}, .padding = 1}); });
  check([](const V& x) {
    return avg_pool2d(x, 3, {.stride = 2, .padding = 1, .count_include_pad = false});
  });
  check([](const V& x) { return adaptive_avg_pool2d(x, {2, 4}); });
  check([](const V& x) { return adaptive_avg_pool1d(select(x, 1, 0), 4); });
  check([](const V& x) { return avg_pool1d(select(x, 1, 0), 3, {.stride = 2, .padding = 1}); });
  check([](const V& x) { return max_pool1d(select(x, 1, 0), 2, {.dilation = 2}); });
  check([](const V& x) { return adaptive_max_pool1d(select(x, 1, 0), 3); });
}
