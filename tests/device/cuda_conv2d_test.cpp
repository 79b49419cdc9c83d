// Convolutions and pooling on CUDA.
#include "cuda_compare.h"

namespace tutti::test {

namespace {

struct Case {
  std::int64_t n, c, h, w, o;
  launch::Window window;

  std::int64_t oh() const { return (h + 2 * window.padding - window.height) / window.stride + 1; }
  std::int64_t ow() const { return (w + 2 * window.padding - window.width) / window.stride + 1; }
  Shape in() const { return {n, c, h, w}; }
  Shape weight() const { return {o, c, window.height, window.width}; }
  Shape out() const { return {n, o, oh(), ow()}; }
  Shape pooled() const { return {n, c, oh(), ow()}; }
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  const launch::Window& w = c.window;
  return out << c.in() << " -> " << c.o << ", window " << w.height << " x " << w.width << " / "
             << w.stride << " + " << w.padding;
}

const std::vector<Case> cases{{1, 1, 3, 3, 1, {3, 3, 1, 0}},  {2, 3, 7, 9, 5, {3, 3, 1, 1}},
                              {3, 2, 11, 8, 4, {2, 3, 2, 0}}, {2, 2, 10, 10, 3, {5, 4, 3, 2}},
                              {4, 1, 6, 6, 2, {1, 1, 1, 0}},  {5, 3, 9, 9, 2, {2, 2, 3, 0}},
                              {0, 2, 5, 5, 3, {3, 3, 1, 0}}};
const Case several_runs{33, 64, 32, 32, 3, {3, 3, 1, 1}};  // of im2col

void compare_convolution(const Device& cuda, const Case& c, Dtype dtype) {
  INFO(dtype << " " << c);
  Tensor in = random_tensor(c.in(), dtype, 20), out = random_tensor(c.out(), dtype, 21);
  Tensor weight = random_tensor(c.weight(), dtype, 22);
  const double close = 50 * tolerance_of(dtype);
  compare(cuda, {in, weight}, close, [&](const auto& x) {
    return launched(c.out(), dtype, x[0], [&](auto stream, const Tensor& to) {
      launch::conv2d(stream, to, x[0], x[1], c.window);
    });
  });
  compare(cuda, {out, weight}, close, [&](const auto& x) {
    return launched(c.in(), dtype, x[0], [&](auto stream, const Tensor& to) {
      launch::conv2d_input(stream, to, x[0], x[1], c.window);
    });
  });
  compare(cuda, {out, in}, close, [&](const auto& x) {
    return launched(c.weight(), dtype, x[0], [&](auto stream, const Tensor& to) {
      launch::conv2d_weight(stream, to, x[0], x[1], c.window);
    });
  });
}

}  // namespace

TEST_CASE("cuda: convolution and its gradients") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Case& c : cases) compare_convolution(*cuda, c, dtype);
  compare_convolution(*cuda, several_runs, Dtype::f32);
}

TEST_CASE("cuda: max-pooling, its scatter and its gather") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Case& c : cases) {
      INFO(dtype << " " << c);
      Tensor x = random_tensor(c.in(), dtype, 23), values = random_tensor(c.in(), dtype, 24);
      Tensor g = random_tensor(c.pooled(), dtype, 25);
      if (x.count() > 20) x.slice(3, 1, 2).slice(2, 2, 3).fill(NAN);
      auto places = [&](const Tensor& of) {
        return launched(c.pooled(), Dtype::i32, of, [&](auto stream, const Tensor& to) {
          launch::max_pool2d(stream, Tensor(c.pooled(), dtype, of.device()), to, of, c.window);
        });
      };
      compare(*cuda, {x}, 0, [&](const auto& in) { return places(in[0]); });
      compare(*cuda, {x}, 0, [&](const auto& in) {
        return launched(c.pooled(), dtype, in[0], [&](auto stream, const Tensor& to) {
          launch::max_pool2d(stream, to, {}, in[0], c.window);
        });
      });
      compare(*cuda, {values, x}, 0, [&](const auto& in) {
        return launched(c.pooled(), dtype, in[0], [&](auto stream, const Tensor& to) {
          launch::max_pool2d_gather(stream, to, in[0], places(in[1]));
        });
      });
      compare(*cuda, {g, x}, 0, [&](const auto& in) {
        return launched(c.in(), dtype, in[0], [&](auto stream, const Tensor& to) {
          launch::max_pool2d_scatter(stream, to, in[0], places(in[1]), c.window);
        });
      });
    }
}

}  // namespace tutti::test
