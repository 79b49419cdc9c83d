// The three convolution launchers on the CPU, against the naive loop.
#include "cpu_launch.h"

using namespace tutti;
using namespace tutti::test;

namespace {

constexpr Window window(std::int64_t height, std::int64_t width, std::int64_t stride,
                        std::int64_t padding) {
  return {{height, stride, padding}, {width, stride, padding}};
}

struct Problem {
  std::int64_t n, c, h, w, o;
  Window window;
  std::int64_t groups = 1;

  Shape in() const { return {n, c, h, w}; }
  Shape kernel() const { return {o, c / groups, window.y.extent, window.x.extent}; }
  Shape out() const { return {n, o, window.y.count(h), window.x.count(w)}; }
  // f(place in out, place in w, place in in) for every product of the convolution.
  template <class F>
  void each_product(F f) const {
    const std::int64_t oh = out()[2], ow = out()[3], each = c / groups;
    const auto& [down, across] = window;
    for (std::int64_t s = 0; s < n; ++s)
      for (std::int64_t k = 0; k < o; ++k)
        for (std::int64_t y = 0; y < oh; ++y)
          for (std::int64_t x = 0; x < ow; ++x)
            for (std::int64_t ch = 0; ch < each; ++ch)
              for (std::int64_t i = 0; i < down.extent; ++i)
                for (std::int64_t j = 0; j < across.extent; ++j) {
                  std::int64_t iy = y * down.stride - down.padding + i * down.dilation;
                  std::int64_t ix = x * across.stride - across.padding + j * across.dilation;
                  if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
                  std::int64_t channel = k / (o / groups) * each + ch;
                  f(((s * o + k) * oh + y) * ow + x,
                    ((k * each + ch) * down.extent + i) * across.extent + j,
                    ((s * c + channel) * h + iy) * w + ix);
                }
  }
};

const Problem problems[] = {
    {3, 2, 9, 11, 5, window(3, 3, 1, 0)},
    {3, 2, 9, 11, 5, window(3, 3, 1, 1)},
    {2, 3, 12, 7, 4, window(3, 2, 2, 1)},
    {2, 3, 8, 8, 4, window(1, 1, 1, 0)},
    {2, 1, 11, 13, 3, window(5, 3, 3, 2)},
    {1, 4, 5, 5, 2, window(5, 5, 1, 4)},
    {35, 1, 28, 28, 8, window(3, 3, 1, 0)},
    {2, 33, 40, 41, 9, window(3, 3, 1, 1)},
    {0, 2, 9, 11, 5, window(3, 3, 1, 0)},
    {2, 1, 3, 3, 1, window(3, 3, 1, 0)},
    {2, 1, 1, 1, 7, window(1, 1, 1, 0)},
    {2, 6, 1, 4, 1, window(1, 1, 1, 0)},
    {37, 16, 15, 14, 32, window(3, 3, 1, 1)},
    {2, 3, 9, 14, 4, {{3, 2, 1, 2}, {2, 3, 0, 4}}},
    {3, 6, 7, 5, 9, {{2, 1, 1, 3}, {3, 1, 2, 1}}, 3},
    {19, 6, 13, 12, 20, window(3, 3, 1, 1), 2},
    {2, 5, 9, 8, 5, window(3, 3, 1, 1), 5},               // depthwise
    {21, 3, 16, 17, 6, {{3, 2, 1, 2}, {5, 1, 2, 1}}, 3},  // with two outputs each
    {2, 3, 1, 30, 3, {{1, 1, 0, 1}, {4, 3, 2, 1}}, 3},    // a sequence
    {5, 16, 9, 8, 32, window(3, 3, 1, 1)},                // by a library, where there is one
    {3, 32, 11, 10, 16, window(1, 1, 3, 0)},
    {2, 16, 12, 13, 16, {{3, 2, 1, 2}, {2, 1, 0, 3}}},
    {9, 3, 12, 11, 16, window(3, 3, 2, 1)},
};

}  // namespace

TEST_CASE("convolution and its gradients equal the naive loop") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Problem& p : problems) {
      INFO("in " << p.in() << " w " << p.kernel() << " groups " << p.groups);
      Tensor in = whole_numbers(p.in(), dtype, 3), w = whole_numbers(p.kernel(), dtype, 4);
      Tensor out = whole_numbers(p.out(), dtype, 5), bias = whole_numbers({p.o}, dtype, 6);
      auto x = numbers(in), k = numbers(w), g = numbers(out), b = numbers(bias);
      std::vector<double> y(g.size()), dx(x.size()), dk(k.size());
      p.each_product([&](std::size_t at_out, std::size_t at_w, std::size_t at_in) {
        y[at_out] += k[at_w] * x[at_in];
        dx[at_in] += k[at_w] * g[at_out];
        dk[at_w] += g[at_out] * x[at_in];
      });
      Tensor result = unwritten(p.out(), dtype);
      launch::conv2d(CpuStream{}, result, in, w, {}, p.window);
      CHECK(numbers(result) == y);
      if (p.n) {
        for (std::size_t i = 0; i < y.size(); ++i)
          y[i] += b[i / static_cast<std::size_t>(p.out()[2] * p.out()[3]) % b.size()];
        launch::conv2d(CpuStream{}, result, in, w, bias, p.window);
        CHECK(numbers(result) == y);
      }
      result = unwritten(p.in(), dtype);
      launch::conv2d_input(CpuStream{}, result, out, w, p.window);
      CHECK(numbers(result) == dx);
      result = unwritten(p.kernel(), dtype);
      launch::conv2d_weight(CpuStream{}, result, out, in, p.window);
      CHECK(numbers(result) == dk);
    }
}

TEST_CASE("the bits of convolutions do not depend on threads") {
  const Problem p = GENERATE(Problem{37, 16, 15, 14, 24, window(3, 3, 1, 1)},
                             Problem{37, 24, 15, 14, 24, window(3, 3, 1, 1), 24},
                             Problem{37, 16, 15, 14, 32, window(3, 3, 1, 1)});
  Tensor in = fractions(p.in()), w = fractions(p.kernel()), out = fractions(p.out());
  CHECK(same_bits_on_any_threads([&] {
    Tensor y = unwritten(p.out());
    launch::conv2d(CpuStream{}, y, in, w, {}, p.window);
    return y;
  }));
  CHECK(same_bits_on_any_threads([&] {
    Tensor x = unwritten(p.in());
    launch::conv2d_input(CpuStream{}, x, out, w, p.window);
    return x;
  }));
  CHECK(same_bits_on_any_threads([&] {
    Tensor k = unwritten(p.kernel());
    launch::conv2d_weight(CpuStream{}, k, out, in, p.window);
    return k;
  }));
}

// Of one sample there is one task: by products of columns, and by a library, where there is one.
TEST_CASE("threads without a task take no scratch") {
  const Problem p = GENERATE(Problem{1, 2, 9, 11, 5, window(3, 3, 1, 0)},
                             Problem{1, 16, 15, 14, 32, window(3, 3, 1, 1)});
  const Tensor in = fractions(p.in()), w = fractions(p.kernel()), out = fractions(p.out());
  const int before = thread_count();
  auto taken = [&](int threads, const Shape& result, auto launcher) {
    set_thread_count(threads);
    const Device device;  // whose memory is its results' and the scratch
    launcher(Tensor(result, Dtype::f32, device));
    set_thread_count(before);
    return device.allocator().statistics().source_bytes;
  };
  auto check = [&](const Shape& result, auto launcher) {
    CHECK(taken(16, result, launcher) == taken(1, result, launcher));
  };
  check(p.out(), [&](const Tensor& y) { launch::conv2d(CpuStream{}, y, in, w, {}, p.window); });
  check(p.in(), [&](const Tensor& x) { launch::conv2d_input(CpuStream{}, x, out, w, p.window); });
  check(p.kernel(),
        [&](const Tensor& k) { launch::conv2d_weight(CpuStream{}, k, out, in, p.window); });
}
