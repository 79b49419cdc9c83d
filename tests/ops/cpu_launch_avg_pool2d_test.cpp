// The average pooling launchers on the CPU, against the naive loop.
#include "cpu_launch.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// Calls f(place in out, place in x, elements of the window) for each element that counts, in f64.
template <class F>
void each_pair(const Shape& x, const Shape& out, const PoolWindows& windows, bool count_padding,
               F f) {
  const auto& [rows, columns] = windows;
  for (std::int64_t plane = 0; plane < x[0] * x[1]; ++plane)
    for (std::int64_t oy = 0; oy < out[2]; ++oy)
      for (std::int64_t ox = 0; ox < out[3]; ++ox) {
        auto inside = [](const PoolAxis& axis, std::int64_t window, std::int64_t at) {
          if (axis.window.stride == 0)  // floor and ceil of the parts' borders
            return at * axis.count > window * axis.image - axis.count &&
                   at * axis.count < (window + 1) * axis.image;
          const std::int64_t first = window * axis.window.stride - axis.window.padding;
          return at >= first && at < first + axis.window.extent;
        };
        std::vector<std::int64_t> seen;
        for (std::int64_t y = 0; y < x[2]; ++y)
          for (std::int64_t at = 0; at < x[3]; ++at)
            if (inside(rows, oy, y) && inside(columns, ox, at))
              seen.push_back((plane * x[2] + y) * x[3] + at);
        const double each = count_padding
                                ? static_cast<double>(rows.window.extent * columns.window.extent)
                                : static_cast<double>(seen.size());
        for (std::int64_t at : seen)
          f(static_cast<std::size_t>((plane * out[2] + oy) * out[3] + ox),
            static_cast<std::size_t>(at), each);
      }
}

void check_average(const Shape& shape, const PoolWindows& windows, bool count_padding) {
  INFO("x " << shape << " window " << windows.y.window.extent << " x " << windows.x.window.extent
            << " stride " << windows.y.window.stride << ", " << count_padding);
  const Shape out = windows.pooled(shape);
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    Tensor x = fractions(shape, dtype, 3), g = fractions(out, dtype, 4);
    auto from = numbers(x), gradient = numbers(g);
    std::vector<double> y(gradient.size()), dx(from.size());
    each_pair(shape, out, windows, count_padding,
              [&](std::size_t at_out, std::size_t at_x, double each) {
                y[at_out] += from[at_x] / each;
                dx[at_x] += gradient[at_out] / each;
              });
    Tensor result = unwritten(out, dtype), back = unwritten(shape, dtype);
    launch::avg_pool2d(CpuStream{}, result, x, windows, count_padding);
    launch::avg_pool2d_gradient(CpuStream{}, back, g, windows, count_padding);
    // At most 100 numbers below 1 are added up, each sum rounded to half a unit in its last place.
    const double bound = dtype == Dtype::f32 ? 1e-5 : 1e-14;
    auto found = numbers(result), found_back = numbers(back);
    for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(std::abs(found[i] - y[i]) < bound);
    for (std::size_t i = 0; i < dx.size(); ++i) REQUIRE(std::abs(found_back[i] - dx[i]) < bound);
  }
}

}  // namespace

TEST_CASE("averages and their gradients equal the naive loop") {
  for (Shape shape :
       {Shape{2, 3, 7, 9}, Shape{1, 2, 26, 5}, Shape{0, 3, 7, 9}, Shape{3, 1, 5, 5}}) {
    for (bool count_padding : {false, true}) {
      check_average(shape, PoolWindows::of(shape, 2, 0, 0, 1, ""), count_padding);
      check_average(shape, PoolWindows::of(shape, 3, 2, 1, 1, ""), count_padding);
      check_average(shape, PoolWindows::of(shape, {5, 2}, {1, 3}, {2, 0}, 1, ""), count_padding);
      check_average(shape, PoolWindows::of(shape, {1, 4}, 2, {0, 2}, 1, ""), count_padding);
    }
    for (Pair2d size : {Pair2d(1), Pair2d(3, 2), Pair2d(5), Pair2d(8, 11)})
      check_average(shape, PoolWindows::adaptive(shape, size, ""), false);
  }
}

TEST_CASE("the bits of averages do not depend on threads") {
  const Shape shape{16, 9, 31, 33};
  const PoolWindows windows = PoolWindows::of(shape, 3, 2, 1, 1, "");
  Tensor x = fractions(shape), g = fractions(windows.pooled(shape));
  CHECK(same_bits_on_any_threads([&] {
    Tensor y = unwritten(g.shape());
    launch::avg_pool2d(CpuStream{}, y, x, windows, true);
    return y;
  }));
  CHECK(same_bits_on_any_threads([&] {
    Tensor back = unwritten(shape);
    launch::avg_pool2d_gradient(CpuStream{}, back, g, windows, true);
    return back;
  }));
}
