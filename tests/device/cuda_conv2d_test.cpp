// Convolutions and pooling on CUDA.
#include "cuda_compare.h"

namespace tutti::test {

namespace {

constexpr Window window(std::int64_t height, std::int64_t width, std::int64_t stride,
                        std::int64_t padding) {
  return {{height, stride, padding}, {width, stride, padding}};
}

struct Case {
  std::int64_t n, c, h, w, o;
  Window window;
  std::int64_t groups = 1;

  Shape in() const { return {n, c, h, w}; }
  Shape weight() const { return {o, c / groups, window.y.extent, window.x.extent}; }
  Shape out() const { return {n, o, window.y.count(h), window.x.count(w)}; }
  Shape pooled() const { return {n, c, window.y.count(h), window.x.count(w)}; }
  PoolWindows pooling() const {
    return {{h, window.y.count(h), window.y}, {w, window.x.count(w), window.x}};
  }
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  auto axis = [&](const WindowAxis& x) {
    out << x.extent << " / " << x.stride << " + " << x.padding << " dilated " << x.dilation << ' ';
  };
  out << c.in() << " -> " << c.o << ", groups " << c.groups << ", window ";
  axis(c.window.y), axis(c.window.x);
  return out;
}

const std::vector<Case> cases{{1, 1, 3, 3, 1, window(3, 3, 1, 0)},
                              {2, 3, 7, 9, 5, window(3, 3, 1, 1)},
                              {3, 2, 11, 8, 4, window(2, 3, 2, 0)},
                              {2, 2, 10, 10, 3, window(5, 4, 3, 2)},
                              {4, 1, 6, 6, 2, window(1, 1, 1, 0)},
                              {5, 3, 9, 9, 2, window(2, 2, 3, 0)},
                              {0, 2, 5, 5, 3, window(3, 3, 1, 0)},
                              {3, 6, 7, 5, 9, {{2, 1, 1, 3}, {3, 1, 1, 1}}, 3},
                              {2, 3, 8, 9, 6, {{3, 2, 1, 2}, {2, 3, 0, 1}}, 3}};
const Case several_runs{33, 64, 32, 32, 3, window(3, 3, 1, 1)};  // of im2col

void compare_convolution(const Device& cuda, const Case& c, Dtype dtype) {
  INFO(dtype << " " << c);
  Tensor in = random_tensor(c.in(), dtype, 20), out = random_tensor(c.out(), dtype, 21);
  Tensor weight = random_tensor(c.weight(), dtype, 22);
  const double close = 50 * tolerance_of(dtype);
  for (const Tensor& bias : {Tensor(), random_tensor({c.o}, dtype, 23)})
    compare(cuda, {in, weight}, close, [&](const auto& x) {
      return launched(c.out(), dtype, x[0], [&](auto stream, const Tensor& to) {
        const Tensor moved = bias ? bias.to(to.device()) : bias;
        launch::conv2d(stream, to, x[0], x[1], moved, c.window);
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

namespace {

void compare_max_pooling(const Device& cuda, const Shape& shape, const PoolWindows& windows,
                         Dtype dtype) {
  const Shape pooled = windows.pooled(shape);
  Tensor x = random_tensor(shape, dtype, 23), values = random_tensor(shape, dtype, 24);
  Tensor g = random_tensor(pooled, dtype, 25);
  if (x.count() > 20) x.slice(3, 1, 2).slice(2, 2, 3).fill(NAN);
  auto places = [&](const Tensor& of) {
    return launched(pooled, Dtype::i32, of, [&](auto stream, const Tensor& to) {
      launch::max_pool2d(stream, Tensor(pooled, dtype, of.device()), to, of, windows);
    });
  };
  compare(cuda, {x}, 0, [&](const auto& in) { return places(in[0]); });
  compare(cuda, {x}, 0, [&](const auto& in) {
    return launched(pooled, dtype, in[0], [&](auto stream, const Tensor& to) {
      launch::max_pool2d(stream, to, {}, in[0], windows);
    });
  });
  compare(cuda, {values, x}, 0, [&](const auto& in) {
    return launched(pooled, dtype, in[0], [&](auto stream, const Tensor& to) {
      launch::max_pool2d_gather(stream, to, in[0], places(in[1]));
    });
  });
  compare(cuda, {g, x}, 0, [&](const auto& in) {
    return launched(shape, dtype, in[0], [&](auto stream, const Tensor& to) {
      launch::max_pool2d_scatter(stream, to, in[0], places(in[1]), windows);
    });
  });
}

void compare_averages(const Device& cuda, const Shape& shape, const PoolWindows& windows,
                      Dtype dtype) {
  const Shape pooled = windows.pooled(shape);
  Tensor x = random_tensor(shape, dtype, 26), g = random_tensor(pooled, dtype, 27);
  for (bool count_padding : {false, true}) {
    if (count_padding && windows.x.window.stride == 0) continue;  // no padding in adaptive windows
    compare(cuda, {x}, tolerance_of(dtype), [&](const auto& in) {
      return launched(pooled, dtype, in[0], [&](auto stream, const Tensor& to) {
        launch::avg_pool2d(stream, to, in[0], windows, count_padding);
      });
    });
    compare(cuda, {g}, tolerance_of(dtype), [&](const auto& in) {
      return launched(shape, dtype, in[0], [&](auto stream, const Tensor& to) {
        launch::avg_pool2d_gradient(stream, to, in[0], windows, count_padding);
      });
    });
  }
}

}  // namespace

TEST_CASE("cuda: pooling, and values moved to and from the maxima") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    for (const Case& c : cases) {
      INFO(dtype << " " << c);
      compare_max_pooling(*cuda, c.in(), c.pooling(), dtype);
      const bool dilated = c.window.y.dilation > 1 || c.window.x.dilation > 1;
      const bool half_padded = 2 * c.window.y.padding <= c.window.y.extent &&
                               2 * c.window.x.padding <= c.window.x.extent;
      if (!dilated && half_padded) compare_averages(*cuda, c.in(), c.pooling(), dtype);
    }
    const Shape shape{2, 3, 7, 5};
    for (Pair2d size : {Pair2d(1), Pair2d(3, 2), Pair2d(9, 5)}) {
      INFO(dtype << " adaptive " << size);
      compare_max_pooling(*cuda, shape, PoolWindows::adaptive(shape, size, ""), dtype);
      compare_averages(*cuda, shape, PoolWindows::adaptive(shape, size, ""), dtype);
    }
  }
}

}  // namespace tutti::test
