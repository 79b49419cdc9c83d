// Matrix products on CUDA.
#include "cuda_compare.h"

namespace tutti::test {

namespace {

Tensor product(const Tensor& a, const Tensor& b) {
  return launched({a.size(0), b.size(1)}, a.dtype(), a,
                  [&](auto stream, const Tensor& out) { launch::matmul(stream, out, a, b, {}); });
}

}  // namespace

TEST_CASE("cuda: matrix products, transposed and not") {
  auto cuda = cuda_device();
  if (!cuda) return;
  const std::vector<Shape> sizes{{1, 1, 1},      {1, 5, 1}, {5, 1, 7},   {1, 9, 6},
                                 {6, 9, 1},      {3, 4, 5}, {17, 33, 9}, {64, 64, 64},
                                 {129, 257, 65}, {3, 0, 5}, {0, 3, 5},   {3, 5, 0}};
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Shape& size : sizes) {
      const std::int64_t m = size[0], k = size[1], n = size[2];
      INFO(dtype << " [m, k, n] = " << size);
      Tensor a = random_tensor({m, k}, dtype, 10), b = random_tensor({k, n}, dtype, 11);
      Tensor at = random_tensor({k, m}, dtype, 12), bt = random_tensor({n, k}, dtype, 13);
      const double close = 10 * tolerance_of(dtype);
      compare(*cuda, {a, b}, close, [](const auto& in) { return product(in[0], in[1]); });
      compare(*cuda, {at, b}, close,
              [](const auto& in) { return product(in[0].transpose(), in[1]); });
      compare(*cuda, {a, bt}, close,
              [](const auto& in) { return product(in[0], in[1].transpose()); });
      compare(*cuda, {at, bt}, close,
              [](const auto& in) { return product(in[0].transpose(), in[1].transpose()); });
    }
}

TEST_CASE("cuda: products of slices at odd addresses, and of expanded rows") {
  auto cuda = cuda_device();
  if (!cuda) return;
  Tensor a = random_tensor({20, 31}, Dtype::f32, 14), b = random_tensor({31, 23}, Dtype::f32, 15);
  compare(*cuda, {a, b}, 1e-4, [](const auto& in) {
    return product(in[0].slice(1, 3, 30).slice(0, 1, 18), in[1].slice(0, 2, 29).slice(1, 1, 20));
  });
  compare(*cuda, {a, b}, 1e-4, [](const auto& in) {
    return product(in[0].slice(0, 4, 5).expand({6, 31}), in[1]);
  });
}

}  // namespace tutti::test
