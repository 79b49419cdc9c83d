// softmax and cross entropy on the CPU, against the naive loop in f64.
#include <cmath>
#include <limits>

#include "cpu_launch.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// The vector exp errs by 4 units in the last place (glibc's promise for libmvec), the sum, its
// inverse and the product by a few more; results here are of order 1.
double tolerance(Dtype dtype) {
  return dtype == Dtype::f32 ? 16 * 0x1p-23 : 16 * 0x1p-52;
}

Tensor logits(std::int64_t rows, std::int64_t columns, Dtype dtype, double shift) {
  Tensor x = fractions({rows, columns}, Dtype::f64);
  for (std::int64_t i = 0; i < x.count(); ++i)
    x.mutable_data<double>()[i] = x.data<double>()[i] * 8 + shift;
  return x.to(dtype);
}

std::vector<double> naive_softmax(const Tensor& x) {
  auto y = numbers(x);
  for (auto row = y.begin(); row != y.end(); row += x.size(1)) {
    double largest = *std::max_element(row, row + x.size(1)), sum = 0;
    for (auto i = row; i != row + x.size(1); ++i) sum += * i = std::exp(*i - largest);
    for (auto i = row; i != row + x.size(1); ++i) *i /= sum;
  }
  return y;
}

void check_near(const Tensor& x, const std::vector<double>& expected, double bound) {
  auto values = numbers(x);
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double difference = values[i] == expected[i] ? 0 : std::abs(values[i] - expected[i]);
    REQUIRE(!std::isnan(difference));
    worst = std::max(worst, difference);
  }
  CHECK(worst <= bound);
}

Tensor some_labels(std::int64_t rows, std::int64_t columns) {
  Tensor labels = unwritten({rows}, Dtype::i64);
  for (std::int64_t i = 0; i < rows; ++i) labels.mutable_data<std::int64_t>()[i] = i * 7 % columns;
  return labels;
}

}  // namespace

TEST_CASE("softmax, its logarithm and cross entropy equal the naive loop") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (double shift : {0.0, 1000.0, -1000.0})
      for (std::int64_t columns : {1, 2, 10, 513, 2000}) {
        const std::int64_t rows = 37;
        Tensor x = logits(rows, columns, dtype, shift), labels = some_labels(rows, columns);
        Tensor y = unwritten(x.shape(), dtype), log_y = unwritten(x.shape(), dtype);
        auto expected = naive_softmax(x), logs = expected;
        launch::softmax(CpuStream{}, y, x);
        check_near(y, expected, tolerance(dtype));
        for (double& value : logs) value = std::log(value);
        launch::log_softmax(CpuStream{}, log_y, x);
        // -log of a number between exp(-16) / 2000 and 1: below 24, so its rounding counts as 24.
        check_near(log_y, logs, 24 * tolerance(dtype));

        double total = 0;
        for (std::int64_t i = 0; i < rows; ++i)
          total -= logs[std::size_t(i * columns + labels.data<std::int64_t>()[i])];
        Tensor loss = unwritten({}, dtype), counted = unwritten({}, Dtype::f64);
        Tensor statistics = unwritten({2, rows}, dtype), gradient = unwritten(x.shape(), dtype);
        const launch::Classes classes{labels, {}, -100, 0, false};
        launch::cross_entropy(CpuStream{}, loss, counted, statistics, x, classes);
        check_near(loss, {total / rows}, 24 * tolerance(dtype));
        CHECK(counted.item() == rows);
        launch::cross_entropy_gradient(CpuStream{}, gradient, Tensor::full({}, rows / 2.0, dtype),
                                       counted, statistics, x, classes);
        for (std::int64_t i = 0; i < rows; ++i)
          expected[std::size_t(i * columns + labels.data<std::int64_t>()[i])] -= 1;
        for (double& value : expected) value *= 0.5;
        check_near(gradient, expected, tolerance(dtype));
      }
}

TEST_CASE("the gradients of softmax and its logarithm equal the naive loop") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (std::int64_t columns : {1, 2, 10, 513}) {
      Tensor x = logits(17, columns, dtype, 0), g = fractions(x.shape(), dtype, 3);
      Tensor y = unwritten(x.shape(), dtype), log_y = unwritten(x.shape(), dtype);
      launch::softmax(CpuStream{}, y, x);
      launch::log_softmax(CpuStream{}, log_y, x);
      auto p = numbers(y), slope = numbers(g), expected = p, log_expected = p;
      for (std::size_t i = 0; i < p.size(); ++i) {
        double mean = 0, sum = 0;
        const std::size_t row = i / std::size_t(columns) * std::size_t(columns);
        for (std::size_t j = row; j < row + std::size_t(columns); ++j)
          mean += p[j] * slope[j], sum += slope[j];
        expected[i] = p[i] * (slope[i] - mean);
        log_expected[i] = slope[i] - p[i] * sum;
      }
      Tensor dx = unwritten(x.shape(), dtype);
      launch::softmax_gradient(CpuStream{}, dx, g, y);
      check_near(dx, expected, tolerance(dtype));
      // The sum of 513 numbers is below 30; the logarithm, up to 24, is rounded before exp.
      launch::log_softmax_gradient(CpuStream{}, dx, g, log_y);
      check_near(dx, log_expected, 40 * tolerance(dtype));
    }
}

TEST_CASE("a label outside the classes is named") {
  Tensor x = fractions({5, 10}), labels = some_labels(5, 10);
  labels.mutable_data<std::int64_t>()[3] = 12;
  auto loss = [&] {
    launch::cross_entropy(CpuStream{}, unwritten({}), unwritten({}, Dtype::f64), unwritten({2, 5}),
                          x, {labels, {}, -100, 0, false});
  };
  CHECK_THROWS_WITH(loss(),
                    "cross_entropy: found label 12 at row 3, expected 0 to 9 or -100 for a row to "
                    "ignore");
  labels.mutable_data<std::int64_t>()[3] = -1;
  CHECK_THROWS_AS(loss(), Error);
}

TEST_CASE("softmax of nothing, and with infinities") {
  launch::softmax(CpuStream{}, unwritten({0, 10}), Tensor::zeros({0, 10}));
  launch::softmax_gradient(CpuStream{}, unwritten({0, 10}), Tensor::zeros({0, 10}),
                           Tensor::zeros({0, 10}));
  Tensor x = Tensor::zeros({1, 4}), y = unwritten({1, 4});
  x.mutable_data<float>()[2] = -std::numeric_limits<float>::infinity();  // a masked position
  launch::softmax(CpuStream{}, y, x);
  CHECK(y.data<float>()[2] == 0);
}

TEST_CASE("the bits of softmax do not depend on threads") {
  Tensor x = fractions({3001, 37}), labels = some_labels(3001, 37);
  CHECK(same_bits_on_any_threads([&] {
    Tensor y = unwritten(x.shape());
    launch::softmax(CpuStream{}, y, x);
    return y;
  }));
  CHECK(same_bits_on_any_threads([&] {
    Tensor loss = unwritten({});
    launch::cross_entropy(CpuStream{}, loss, unwritten({}, Dtype::f64), unwritten({2, 3001}), x,
                          {labels, {}, -100, 0.1, false});
    return loss;
  }));
}
