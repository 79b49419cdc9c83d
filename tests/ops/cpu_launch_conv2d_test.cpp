// The three convolution launchers on the CPU, against the naive loop.
#include "cpu_launch.h"

using namespace tutti;
using namespace tutti::test;
using launch::Window;

namespace {

struct Problem {
  std::int64_t n, c, h, w, o;
  Window window;

  Shape in() const { return {n, c, h, w}; }
  Shape kernel() const { return {o, c, window.height, window.width}; }
  Shape out() const {
    return {n, o, (h + 2 * window.padding - window.height) / window.stride + 1,
            (w + 2 * window.padding - window.width) / window.stride + 1};
  }
  // f(place in out, place in w, place in in) for every product of the convolution.
  template <class F>
  void each_product(F f) const {
    const std::int64_t oh = out()[2], ow = out()[3];
    for (std::int64_t s = 0; s < n; ++s)
      for (std::int64_t k = 0; k < o; ++k)
        for (std::int64_t y = 0; y < oh; ++y)
          for (std::int64_t x = 0; x < ow; ++x)
            for (std::int64_t ch = 0; ch < c; ++ch)
              for (std::int64_t i = 0; i < window.height; ++i)
                for (std::int64_t j = 0; j < window.width; ++j) {
                  std::int64_t iy = y * window.stride - window.padding + i;
                  std::int64_t ix = x * window.stride - window.padding + j;
                  if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
                  f(((s * o + k) * oh + y) * ow + x,
                    ((k * c + ch) * window.height + i) * window.width + j,
                    ((s * c + ch) * h + iy) * w + ix);
                }
  }
};

const Problem problems[] = {
    {3, 2, 9, 11, 5, {3, 3, 1, 0}},   {3, 2, 9, 11, 5, {3, 3, 1, 1}},
    {2, 3, 12, 7, 4, {3, 2, 2, 1}},   {2, 3, 8, 8, 4, {1, 1, 1, 0}},
    {2, 1, 11, 13, 3, {5, 3, 3, 2}},  {1, 4, 5, 5, 2, {5, 5, 1, 4}},
    {35, 1, 28, 28, 8, {3, 3, 1, 0}}, {2, 33, 40, 41, 9, {3, 3, 1, 1}},
    {0, 2, 9, 11, 5, {3, 3, 1, 0}},   {2, 1, 3, 3, 1, {3, 3, 1, 0}},
    {2, 1, 1, 1, 7, {1, 1, 1, 0}},    {2, 6, 1, 4, 1, {1, 1, 1, 0}},
};

}  // namespace

TEST_CASE("convolution and its gradients equal the naive loop") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Problem& p : problems) {
      INFO("in " << p.in() << " w " << p.kernel() << " stride " << p.window.stride << " padding "
                 << p.window.padding);
      Tensor in = whole_numbers(p.in(), dtype, 3), w = whole_numbers(p.kernel(), dtype, 4);
      Tensor out = whole_numbers(p.out(), dtype, 5);
      auto x = numbers(in), k = numbers(w), g = numbers(out);
      std::vector<double> y(g.size()), dx(x.size()), dk(k.size());
      p.each_product([&](std::size_t at_out, std::size_t at_w, std::size_t at_in) {
        y[at_out] += k[at_w] * x[at_in];
        dx[at_in] += k[at_w] * g[at_out];
        dk[at_w] += g[at_out] * x[at_in];
      });
      Tensor result = unwritten(p.out(), dtype);
      launch::conv2d(CpuStream{}, result, in, w, p.window);
      CHECK(numbers(result) == y);
      result = unwritten(p.in(), dtype);
      launch::conv2d_input(CpuStream{}, result, out, w, p.window);
      CHECK(numbers(result) == dx);
      result = unwritten(p.kernel(), dtype);
      launch::conv2d_weight(CpuStream{}, result, out, in, p.window);
      CHECK(numbers(result) == dk);
    }
}

TEST_CASE("the bits of convolutions do not depend on threads") {
  const Problem p{37, 16, 15, 14, 24, {3, 3, 1, 1}};
  Tensor in = fractions(p.in()), w = fractions(p.kernel()), out = fractions(p.out());
  CHECK(same_bits_on_any_threads([&] {
    Tensor y = unwritten(p.out());
    launch::conv2d(CpuStream{}, y, in, w, p.window);
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
