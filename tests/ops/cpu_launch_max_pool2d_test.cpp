// The max pooling launchers on the CPU, against the naive loop.
#include <cmath>
#include <limits>

#include "cpu_launch.h"

using namespace tutti;
using namespace tutti::test;

namespace {

Shape pooled(const Shape& x, const Window& window) {
  return {x[0], x[1], window.y.count(x[2]), window.x.count(x[3])};
}

PoolWindows windows_of(const Shape& x, const Window& window) {
  return {{x[2], window.y.count(x[2]), window.y}, {x[3], window.x.count(x[3]), window.x}};
}

// For every window the place of its first largest element, NaN being the largest.
std::vector<std::size_t> naive_places(const Tensor& x, const Window& window) {
  auto values = numbers(x);
  const Shape out = pooled(x.shape(), window);
  std::vector<std::size_t> places;
  for (std::int64_t plane = 0; plane < out[0] * out[1]; ++plane)
    for (std::int64_t y = 0; y < out[2]; ++y)
      for (std::int64_t ox = 0; ox < out[3]; ++ox) {
        std::int64_t best = -1;
        for (std::int64_t i = 0; i < window.y.extent; ++i)
          for (std::int64_t j = 0; j < window.x.extent; ++j) {
            std::int64_t row = y * window.y.stride - window.y.padding + i * window.y.dilation;
            std::int64_t column = ox * window.x.stride - window.x.padding + j * window.x.dilation;
            if (row < 0 || row >= x.size(2) || column < 0 || column >= x.size(3)) continue;
            std::int64_t at = (plane * x.size(2) + row) * x.size(3) + column;
            double value = values[static_cast<std::size_t>(at)];
            if (best < 0) {
              best = at;
              continue;
            }
            double largest = values[static_cast<std::size_t>(best)];
            if (!std::isnan(largest) && (value > largest || std::isnan(value))) best = at;
          }
        places.push_back(static_cast<std::size_t>(best));
      }
  return places;
}

void check_pool(const Tensor& x, const Window& window) {
  INFO("x " << x.shape() << " window " << window.y.extent << " x " << window.x.extent << " stride "
            << window.y.stride << " padding " << window.y.padding);
  const PoolWindows all = windows_of(x.shape(), window);
  auto places = naive_places(x, window);
  auto bits = [](double value) { return std::isnan(value) ? 1e300 : value; };
  Tensor g = whole_numbers(pooled(x.shape(), window), x.dtype(), 8);
  Tensor values = whole_numbers(x.shape(), x.dtype(), 9);
  auto in = numbers(x), from = numbers(values), gradient = numbers(g);
  std::vector<double> scattered(in.size());
  for (std::size_t i = 0; i < places.size(); ++i) scattered[places[i]] += gradient[i];

  Tensor out = unwritten(g.shape(), x.dtype()), gathered = unwritten(g.shape(), x.dtype());
  Tensor sums = unwritten(x.shape(), x.dtype());
  Tensor places_in_planes = unwritten(g.shape(), Dtype::i32);
  launch::max_pool2d(CpuStream{}, out, places_in_planes, x, all);
  launch::max_pool2d_gather(CpuStream{}, gathered, values, places_in_planes);
  launch::max_pool2d_scatter(CpuStream{}, sums, g, places_in_planes, all);
  Tensor alone = unwritten(g.shape(), x.dtype());
  launch::max_pool2d(CpuStream{}, alone, {}, x, all);
  auto largest = numbers(out), taken = numbers(gathered);
  bool equal = true;
  for (std::size_t i = 0; i < places.size(); ++i)
    equal &= bits(largest[i]) == bits(in[places[i]]) && taken[i] == from[places[i]];
  CHECK(equal);
  CHECK((out.count() == 0 || std::memcmp(alone.raw(), out.raw(), out.const_block().bytes()) == 0));
  CHECK(numbers(sums) == scattered);
}

constexpr Window window(std::int64_t height, std::int64_t width, std::int64_t stride,
                        std::int64_t padding) {
  return {{height, stride, padding}, {width, stride, padding}};
}

const Window windows[] = {window(2, 2, 2, 0),          window(2, 2, 2, 1), window(3, 3, 2, 0),
                          window(3, 3, 2, 1),          window(3, 3, 1, 1), window(2, 3, 1, 0),
                          window(5, 2, 3, 1),          window(2, 2, 1, 0), {{3, 2, 1}, {2, 2}},
                          {{2, 1, 1, 3}, {2, 3, 0, 2}}};

}  // namespace

TEST_CASE("max pooling picks, gathers and scatters the first largest element") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Window& window : windows)
      for (Shape shape : {Shape{2, 3, 7, 9}, Shape{1, 2, 26, 26}, Shape{1, 1, 5, 5},
                          Shape{2, 1, 8, 37}, Shape{0, 3, 7, 9}}) {
        check_pool(whole_numbers(shape, dtype), window);  // many ties
        check_pool(fractions(shape, dtype), window);
      }
}

TEST_CASE("NaN and the smallest numbers in pooling") {
  for (const Window& window : windows) {
    Tensor x = fractions({2, 2, 11, 12});
    for (std::int64_t i = 0; i < x.count(); i += 7)
      x.mutable_data<float>()[i] = std::numeric_limits<float>::quiet_NaN();
    check_pool(x, window);
    check_pool(Tensor::full({1, 1, 6, 7}, -std::numeric_limits<double>::infinity()), window);
  }
}

TEST_CASE("the bits of pooling do not depend on threads") {
  Tensor x = fractions({16, 9, 31, 33}), g = fractions({16, 9, 16, 17});
  CHECK(same_bits_on_any_threads([&] {
    Tensor sums = unwritten(x.shape()), out = unwritten(g.shape());
    Tensor places = unwritten(g.shape(), Dtype::i32);
    launch::max_pool2d(CpuStream{}, out, places, x, windows_of(x.shape(), window(3, 3, 2, 1)));
    launch::max_pool2d_scatter(CpuStream{}, sums, g, places,
                               windows_of(x.shape(), window(3, 3, 2, 1)));
    return sums;
  }));
}
