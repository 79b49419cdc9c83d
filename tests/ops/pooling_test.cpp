// Pooling against PyTorch's numbers, and what it refuses.
#include <functional>
#include <map>
#include <string>

#include "support/catch.h"
#include "support/errors.h"
#include "support/golden.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/pool1d.h"

using namespace tutti;
using test::contains;
using test::error_of;

using V = Variable;

// Maxima are copied. Averages of at most 12 numbers of order 1 differ by a few roundings.
TEST_CASE("pooling is PyTorch's") {
  const std::map<std::string, std::function<V(const V&)>> functions{
      {"max", [](const V& x) { return max_pool2d(x, 2); }},
      {"max_overlapping", [](const V& x) { return max_pool2d(x, 3, {.stride = 2, .padding = 1}); }},
      {"max_oblong",
       [](const V& x) {
         return max_pool2d(x, {3, 2}, {.stride = {1, 2}, .padding = {1, 0}});
       }},
      {"max_dilated",
       [](const V& x) {
         return max_pool2d(x, 2, {.stride = 1, .padding = 1, .dilation = {2, 3}});
       }},
      {"max_adaptive",
       [](const V& x) {
         return adaptive_max_pool2d(x, {3, 4});
       }},
      {"avg", [](const V& x) { return avg_pool2d(x, 2); }},
      {"avg_padded", [](const V& x) { return avg_pool2d(x, 3, {.stride = 2, .padding = 1}); }},
      {"avg_inside",
       [](const V& x) {
         return avg_pool2d(x, {3, 2}, {.stride = {2, 1}, .padding = 1, .count_include_pad = false});
       }},
      {"avg_adaptive",
       [](const V& x) {
         return adaptive_avg_pool2d(x, {3, 4});
       }},
      {"avg_adaptive_more",
       [](const V& x) {
         return adaptive_avg_pool2d(x, {7, 1});
       }},
      {"max1d", [](const V& x) { return max_pool1d(x, 3, {.stride = 2, .padding = 1}); }},
      {"max1d_dilated", [](const V& x) { return max_pool1d(x, 2, {.dilation = 3}); }},
      {"max1d_adaptive", [](const V& x) { return adaptive_max_pool1d(x, 4); }},
      {"avg1d", [](const V& x) { return avg_pool1d(x, 3, {.stride = 2, .padding = 1}); }},
      {"avg1d_inside",
       [](const V& x) {
         return avg_pool1d(x, 4, {.stride = 3, .padding = 2, .count_include_pad = false});
       }},
      {"avg1d_adaptive", [](const V& x) { return adaptive_avg_pool1d(x, 4); }}};
  for (const std::string& name : test::Golden::names("pooling")) {
    INFO(name);
    test::Golden golden("pooling", name);
    V x(golden.tensor("x"), true), y = functions.at(name)(x);
    CHECK(test::largest_difference(y.value(), golden.tensor("y")) < 1e-15);
    y.backward({.seed = golden.tensor("dy")});
    CHECK(test::largest_difference(x.grad(), golden.tensor("dx")) < 2e-15);
  }
}

TEST_CASE("pooling says what does not fit") {
  const Tensor x = Tensor::zeros({2, 3, 7, 5}), sequence = Tensor::zeros({2, 3, 7});
  auto max_error = [&](Pair2d size, const MaxPool2dOptions& options = {}) {
    return error_of([&] { max_pool2d(x, size, options); });
  };
  CHECK(contains(max_error({0, 2}), "max_pool2d: found size 0 x 2"));
  CHECK(contains(max_error(3, {.padding = 2}), "padding from 0 to size / 2"));
  CHECK(contains(max_error(3, {.stride = -1}), "stride -1 x -1"));
  CHECK(contains(max_error({3, 6}), "found input [2, 3, 7, 5] for windows of 3 x 6"));
  CHECK(contains(max_error(3, {.dilation = 3}), "dilation 3 x 3"));
  CHECK(contains(error_of([&] { max_pool2d(sequence, 2); }), "expected [n, c, h, w]"));
  CHECK(contains(error_of([&] { avg_pool2d(x, {8, 1}); }), "avg_pool2d: found input"));
  CHECK(contains(error_of([&] { adaptive_avg_pool2d(x, 0); }), "found a result of 0 x 0"));
  CHECK(contains(error_of([&] { adaptive_max_pool2d(sequence, 1); }), "found input [2, 3, 7]"));
  CHECK(contains(error_of([&] { avg_pool1d(x, 2); }),
                 "avg_pool1d: found input [2, 3, 7, 5], expected [n, c, l]"));
  CHECK(contains(error_of([&] { avg_pool2d(x.to(Dtype::i64), 2); }), "i64"));
}
