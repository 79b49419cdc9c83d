#include "tutti/tensor/print.h"

#include <limits>
#include <numeric>

#include "support/catch.h"

using namespace tutti;

namespace {

std::string shown(const Tensor& x) {
  return text(x);
}

Tensor counting(const Shape& shape, Dtype dtype) {
  std::vector<double> values(static_cast<std::size_t>(shape.count()));
  std::iota(values.begin(), values.end(), 0.0);
  return Tensor::from(values, shape).to(dtype);
}

Tensor floats(const std::vector<float>& values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

}  // namespace

// Expected texts are NumPy 2.4's, with numpy.set_printoptions(precision=4).
TEST_CASE("numbers look as NumPy prints them") {
  CHECK(shown(floats({1, 2, 3})) == "[1. 2. 3.]");
  CHECK(shown(floats({0.5f, 1.25f, -10})) == "[  0.5    1.25 -10.  ]");
  CHECK(shown(floats({0.1f, 1.0f / 3, 100.12345f})) == "[1.0000e-01 3.3333e-01 1.0012e+02]");
  CHECK(shown(floats({0, 2.0f / 3, 50.12345f, -0.0f})) == "[ 0.      0.6667 50.1235 -0.    ]");
  CHECK(shown(floats({99999.5f, 1})) == "[1.e+05 1.e+00]");
  CHECK(shown(floats({0.99999f, 2})) == "[1. 2.]");
  CHECK(shown(floats({1e-3f, 5})) == "[1.e-03 5.e+00]");
  CHECK(shown(floats({1e9f, 2.5e9f})) == "[1.0e+09 2.5e+09]");
  CHECK(shown(floats({0, 0})) == "[0. 0.]");
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(shown(floats({1.5f, infinity, -infinity, std::numeric_limits<float>::quiet_NaN()})) ==
        "[ 1.5  inf -inf  nan]");
  CHECK(shown(floats({1.5f}).to(Dtype::f16)) == "[1.5]");
  CHECK(shown(floats({1.5f, 300}).to(Dtype::bf16)) == "[  1.5 300. ]");
  CHECK(shown(Tensor::full({}, 2.5)) == "2.5");
  CHECK(shown(Tensor::full({}, 7, Dtype::i64)) == "7");
  CHECK(shown(Tensor::from(std::vector<std::int64_t>{-1, 100}, {2})) == "[ -1 100]");
  CHECK(shown(Tensor::from(std::vector<std::uint8_t>{0, 1, 1}, {3})) == "[0 1 1]");
}

TEST_CASE("axes nest") {
  CHECK(shown(counting({2, 3}, Dtype::f32)) == "[[0. 1. 2.]\n [3. 4. 5.]]");
  CHECK(shown(counting({3, 2}, Dtype::f32).transpose()) == "[[0. 2. 4.]\n [1. 3. 5.]]");
  CHECK(shown(counting({2, 2, 2}, Dtype::i32)) == "[[[0 1]\n  [2 3]]\n\n [[4 5]\n  [6 7]]]");
}

TEST_CASE("long lines are broken") {
  CHECK(shown(counting({30}, Dtype::i64)) ==
        "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n"
        " 24 25 26 27 28 29]");
}

TEST_CASE("of many elements the ends are shown") {
  CHECK(shown(counting({1001}, Dtype::i64)) == "[   0    1    2 ...  998  999 1000]");
  CHECK(
      shown(counting({1001, 2}, Dtype::i64)) ==
      "[[   0    1]\n [   2    3]\n [   4    5]\n ...\n [1996 1997]\n [1998 1999]\n [2000 2001]]");
  CHECK(shown(counting({40, 30}, Dtype::f32).transpose().slice(1, 1, 40)) ==
        "[[  30.   60.   90. ... 1110. 1140. 1170.]\n"
        " [  31.   61.   91. ... 1111. 1141. 1171.]\n"
        " [  32.   62.   92. ... 1112. 1142. 1172.]\n"
        " ...\n"
        " [  57.   87.  117. ... 1137. 1167. 1197.]\n"
        " [  58.   88.  118. ... 1138. 1168. 1198.]\n"
        " [  59.   89.  119. ... 1139. 1169. 1199.]]");
  CHECK(shown(counting({16, 10, 10}, Dtype::i32)).substr(0, 281) ==
        "[[[   0    1    2 ...    7    8    9]\n"
        "  [  10   11   12 ...   17   18   19]\n"
        "  [  20   21   22 ...   27   28   29]\n"
        "  ...\n"
        "  [  70   71   72 ...   77   78   79]\n"
        "  [  80   81   82 ...   87   88   89]\n"
        "  [  90   91   92 ...   97   98   99]]\n"
        "\n"
        " [[ 100  101  102 ...  107  108  109]\n"
        "  [ 110");
}

TEST_CASE("without elements there is a shape") {
  CHECK(shown(Tensor::zeros({0, 3})) == "[] (shape [0, 3], f32)");
  CHECK(shown(Tensor()) == "[] (no tensor)");
}
