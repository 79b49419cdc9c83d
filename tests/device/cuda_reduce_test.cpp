// Reductions on CUDA.
#include "cuda_compare.h"

namespace tutti::test {

namespace {

Tensor reduced(launch::Reduction kind, const Tensor& x, const Shape& kept) {
  return launched(kept, x.dtype(), x,
                  [&](auto stream, const Tensor& out) { launch::reduce(stream, kind, out, x); });
}

}  // namespace

TEST_CASE("cuda: sum and maximum over axes") {
  auto cuda = cuda_device();
  if (!cuda) return;
  struct Case {
    Shape shape, kept;
  };
  // Lengths of one thread, of one warp, of many warps; inner, outer, middle and all axes; none.
  const std::vector<Case> cases{{{3, 5}, {3, 1}},        {{3, 5}, {1, 5}},
                                {{3, 5}, {1, 1}},        {{3, 5}, {3, 5}},
                                {{4, 65, 3}, {4, 1, 3}}, {{1000, 7}, {1, 7}},
                                {{7, 4097}, {7, 1}},     {{5, 3, 41, 43}, {1, 3, 1, 1}},
                                {{2, 3, 4}, {1, 3, 1}},  {{}, {}}};
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Case& c : cases) {
      INFO(dtype << " " << c.shape << " to " << c.kept);
      Tensor x = random_tensor(c.shape, dtype, 5);
      for (auto kind : {launch::Reduction::sum, launch::Reduction::max})
        compare(*cuda, {x}, kind == launch::Reduction::max ? 0 : 20 * tolerance_of(dtype),
                [&](const auto& in) { return reduced(kind, in[0], c.kept); });
    }
  // Warps, then warps again, then single threads.
  compare(*cuda, {random_tensor({20000003}, Dtype::f32, 5)}, 20 * tolerance_of(Dtype::f32),
          [](const auto& in) { return reduced(launch::Reduction::sum, in[0], {1}); });
}

TEST_CASE("cuda: reductions of views, of nothing and with NaN") {
  auto cuda = cuda_device();
  if (!cuda) return;
  Tensor x = random_tensor({50, 70}, Dtype::f64, 6);
  compare(*cuda, {x}, 1e-12, [](const auto& in) {
    return reduced(launch::Reduction::sum, in[0].transpose(), {70, 1});
  });
  compare(*cuda, {x}, 1e-12, [](const auto& in) {
    return reduced(launch::Reduction::sum, in[0].slice(0, 3, 4).expand({90, 70}), {1, 70});
  });
  compare(*cuda, {Tensor::zeros({4, 0})}, 0, [](const auto& in) {
    return reduced(launch::Reduction::sum, in[0], {4, 1});
  });
  x.mutable_data<double>()[75] = NAN;
  compare(*cuda, {x}, 0, [](const auto& in) {
    return reduced(launch::Reduction::max, in[0], {50, 1});
  });
  CHECK_THROWS_AS(reduced(launch::Reduction::max, Tensor::zeros({4, 0}, Dtype::f32, *cuda), {4, 1}),
                  Error);
}

TEST_CASE("cuda: sums have the same bits every time") {
  auto cuda = cuda_device();
  if (!cuda) return;
  Tensor x = random_tensor({1000003}, Dtype::f32, 7).to(*cuda);
  Tensor first = reduced(launch::Reduction::sum, x, {1});
  for (int i = 0; i < 10; ++i) check_close(first, reduced(launch::Reduction::sum, x, {1}), 0);
}

TEST_CASE("cuda: sums of squares by chunks") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16})
    for (std::int64_t count : {1, 31, 4096, 4097, 10001}) {
      INFO(dtype << " " << count << " elements");
      compare(*cuda, {random_tensor({count}, dtype, 51)}, 1e-13, [&](const auto& in) {
        return launched(
            {(count + 4095) / 4096}, Dtype::f64, in[0],
            [&](auto stream, const Tensor& out) { launch::squared_sums(stream, out, in[0]); });
      });
    }
}

TEST_CASE("cuda: argmax finds the first of equals and NaN before all") {
  auto cuda = cuda_device();
  if (!cuda) return;
  auto positions = [](const auto& in) {
    return launched({in[0].size(0)}, Dtype::i64, in[0],
                    [&](auto stream, const Tensor& out) { launch::argmax(stream, out, in[0]); });
  };
  for (std::int64_t columns : {1, 10, 32, 33, 1000})
    compare(*cuda, {random_tensor({13, columns}, Dtype::f32, 8)}, 0, positions);
  compare(*cuda, {Tensor::full({3, 100}, -INFINITY)}, 0, positions);
  Tensor x = random_tensor({4, 100}, Dtype::f64, 9);
  for (std::int64_t at : {40, 41, 99, 100, 399}) x.mutable_data<double>()[at] = NAN;
  compare(*cuda, {x}, 0, positions);
}

}  // namespace tutti::test
