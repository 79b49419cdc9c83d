// Softmax, cross-entropy and the dropout mask on CUDA.
#include "cuda_compare.h"
#include "tutti/ops/arithmetic.h"

namespace tutti::test {

namespace {

// A scaled gradient of the loss, or with `want_loss` the loss.
Tensor cross_entropy(const Tensor& x, const launch::Classes& classes, bool want_loss) {
  auto like_x = [&](const Shape& shape, Dtype dtype) { return Tensor(shape, dtype, x.device()); };
  Tensor loss = like_x({}, x.dtype()), counted = like_x({}, Dtype::f64);
  Tensor statistics = like_x({2, x.size(0)}, x.dtype()), dx = like_x(x.shape(), x.dtype());
  Tensor g = Tensor::full({}, 3, x.dtype(), x.device());
  x.device().dispatch([&](auto stream) {
    launch::cross_entropy(stream, loss, counted, statistics, x, classes);
    launch::cross_entropy_gradient(stream, dx, g, counted, statistics, x, classes);
  });
  return want_loss ? loss : dx;
}

}  // namespace

TEST_CASE("cuda: softmax, its logarithm and their gradients") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (std::int64_t columns : {1, 10, 33, 1000}) {
      INFO(dtype << " " << columns << " columns");
      Tensor x = random_tensor({17, columns}, dtype, 30),
             g = random_tensor({17, columns}, dtype, 31);
      const double close = 5 * tolerance_of(dtype);
      auto same = [&](auto launcher) {
        compare(*cuda, {x}, close, [&](const auto& in) {
          return launched(in[0].shape(), dtype, in[0],
                          [&](auto stream, const Tensor& out) { launcher(stream, out, in[0]); });
        });
      };
      auto same_gradient = [&](auto launcher) {
        compare(*cuda, {g, x}, close, [&](const auto& in) {
          return launched(in[0].shape(), dtype, in[0], [&](auto stream, const Tensor& out) {
            launcher(stream, out, in[0], in[1]);
          });
        });
      };
      same([](auto... all) { launch::softmax(all...); });
      same([](auto... all) { launch::log_softmax(all...); });
      same_gradient([](auto... all) { launch::softmax_gradient(all...); });
      same_gradient([](auto... all) { launch::log_softmax_gradient(all...); });
    }
}

TEST_CASE("cuda: cross-entropy and its gradient") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (std::int64_t columns : {1, 10, 33, 1000})
      for (double scale : {1.0, 1000.0})
        for (double smoothing : {0.0, 0.1}) {
          const std::int64_t rows = 37;
          INFO(dtype << " " << columns << " columns, scale " << scale << " " << smoothing);
          Tensor x = random_tensor({rows, columns}, Dtype::f64, 30);
          for (std::int64_t i = 0; i < x.count(); ++i) x.mutable_data<double>()[i] *= scale;
          x = x.to(dtype);
          std::vector<std::int64_t> label(rows);
          for (std::int64_t i = 0; i < rows; ++i)
            label[static_cast<std::size_t>(i)] = i % 5 == 2 ? -100 : i % columns;
          Tensor labels = Tensor::from(label, {rows}),
                 none = Tensor::full({rows}, -100, Dtype::i64);
          Tensor weights = smoothing == 0 ? random_tensor({columns}, dtype, 32) : Tensor();
          if (weights) weights = map(Affine{0.4, 0.6}, weights);
          for (const Tensor& some : {labels, none})
            for (bool want_loss : {false, true})
              compare(*cuda, {x, some}, 5 * tolerance_of(dtype), [&](const auto& in) {
                Tensor moved = weights ? weights.to(in[0].device()) : weights;
                return cross_entropy(in[0], {in[1], moved, -100, smoothing, false}, want_loss);
              });
        }
}

TEST_CASE("cuda: a label out of range makes the loss NaN, and its row of the gradient") {
  auto cuda = cuda_device();
  if (!cuda) return;
  Tensor x = random_tensor({3, 4}, Dtype::f32, 32).to(*cuda);
  Tensor labels = Tensor::from(std::vector<std::int64_t>{0, 4, -1}, {3}, *cuda);
  CHECK(std::isnan(cross_entropy(x, {labels, {}, -100, 0, false}, true).item()));
  auto gradient = cross_entropy(x, {labels, {}, -100, 0, false}, false).to_vector<float>();
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
