// Softmax, cross-entropy and the dropout mask on CUDA.
#include "cuda_compare.h"

namespace tutti::test {

namespace {

Tensor losses(const Tensor& x, const Tensor& labels) {
  return launched({x.size(0)}, x.dtype(), x, [&](auto stream, const Tensor& out) {
    launch::cross_entropy(stream, out, x, labels);
  });
}

Tensor gradients(const Tensor& g, const Tensor& x, const Tensor& labels) {
  return launched(x.shape(), x.dtype(), x, [&](auto stream, const Tensor& out) {
    launch::cross_entropy_input(stream, out, g, x, labels);
  });
}

}  // namespace

TEST_CASE("cuda: softmax and cross-entropy") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (std::int64_t columns : {1, 10, 33, 1000})
      for (double scale : {1.0, 1000.0}) {
        const std::int64_t rows = 17;
        INFO(dtype << " " << columns << " columns, scale " << scale);
        Tensor x = random_tensor({rows, columns}, Dtype::f64, 30);
        for (std::int64_t i = 0; i < x.count(); ++i) x.mutable_data<double>()[i] *= scale;
        x = x.to(dtype);
        Tensor g = random_tensor({rows}, dtype, 31);
        std::vector<std::int64_t> classes(rows);
        for (std::int64_t i = 0; i < rows; ++i) classes[static_cast<std::size_t>(i)] = i % columns;
        Tensor labels = Tensor::from(classes, {rows});
        const double close = 5 * tolerance_of(dtype);
        compare(*cuda, {x}, close, [](const auto& in) {
          return launched(in[0].shape(), in[0].dtype(), in[0], [&](auto stream, const Tensor& out) {
            launch::softmax(stream, out, in[0]);
          });
        });
        compare(*cuda, {x, labels}, close, [](const auto& in) { return losses(in[0], in[1]); });
        compare(*cuda, {g, x, labels}, close,
                [](const auto& in) { return gradients(in[0], in[1], in[2]); });
      }
}

TEST_CASE("cuda: a label out of range makes its row NaN, and no other") {
  auto cuda = cuda_device();
  if (!cuda) return;
  Tensor x = random_tensor({3, 4}, Dtype::f32, 32).to(*cuda);
  Tensor labels = Tensor::from(std::vector<std::int64_t>{0, 4, -1}, {3}, *cuda);
  Tensor g = Tensor::full({3}, 1, Dtype::f32, *cuda);
  auto loss = losses(x, labels).to_vector<float>();
  auto gradient = gradients(g, x, labels).to_vector<float>();
  CHECK(std::isfinite(loss[0]));
  CHECK(std::isnan(loss[1]));
  CHECK(std::isnan(loss[2]));
  CHECK(std::isfinite(gradient[3]));
  CHECK(std::isnan(gradient[4]));
  CHECK(std::isnan(gradient[11]));
}

TEST_CASE("cuda: the dropout mask has the CPU's bits") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (std::int64_t count : {0, 1, 3, 4, 5, 100003})
      for (double rate : {0.0, 0.1, 0.5, 0.999}) {
        INFO(dtype << " " << count << " elements, rate " << rate);
        compare(*cuda, {Tensor::zeros({count}, dtype)}, 0, [&](const auto& in) {
          return launched({count}, dtype, in[0], [&](auto stream, const Tensor& out) {
            launch::dropout_mask(stream, out, rate, 0x123456789abcdefu, 0xfedcba987654321u);
          });
        });
      }
}

}  // namespace tutti::test
