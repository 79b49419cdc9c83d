#include "tutti/ops/map.h"

#include <cmath>
#include <limits>

#include "support/devices.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/arithmetic.h"
#include "tutti/ops/math.h"

using namespace tutti;

namespace {

// A functor of a user's own, with two inputs.
struct Hypotenuse {
  template <class T>
  TUTTI_HD T operator()(T x, T y) const {
    return sqrt(x * x + y * y);
  }
};

template <class T>
std::vector<T> spread(std::int64_t count, double lo, double hi) {
  std::vector<T> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<T>(lo + (hi - lo) * static_cast<double>((i * 7919) % count) /
                                             static_cast<double>(count)));
  return values;
}

// libmvec promises 4 units in the last place; composed functions get a few more.
template <class T, class F, class G>
void check_function(const Device& device, const F& f, const G& reference, double lo, double hi) {
  for (std::int64_t count : {1, 255, 256, 257, 5003}) {
    std::vector<T> in = spread<T>(count, lo, hi);
    std::vector<T> out = map(f, Tensor::from(in, {count}, device)).template to_vector<T>();
    for (std::size_t i = 0; i < in.size(); ++i) {
      long double expected = reference(static_cast<long double>(in[i]));
      double unit = std::numeric_limits<T>::epsilon();
      REQUIRE(std::fabs(static_cast<double>(out[i] - expected)) <=
              16 * unit * std::max(1e-3, static_cast<double>(std::fabs(expected))));
    }
  }
}

template <class F, class G>
void check_both(const Device& device, const F& f, const G& reference, double lo, double hi) {
  check_function<float>(device, f, reference, lo, hi);
  check_function<double>(device, f, reference, lo, hi);
}

using Long = long double;
Long logistic(Long x) {
  return 1 / (1 + std::exp(-x));
}

}  // namespace

TEST_CASE("functions agree with long double at odd sizes") {
  const Device device = TUTTI_EACH_DEVICE;
  const auto check = [&](const auto& f, const auto& reference, double lo, double hi) {
    check_both(device, f, reference, lo, hi);
  };
  check(
      Exp{}, [](Long x) { return std::exp(x); }, -20, 20);
  check(
      Log{}, [](Long x) { return std::log(x); }, 0.01, 100);
  check(
      Tanh{}, [](Long x) { return std::tanh(x); }, -5, 5);
  check(
      Erf{}, [](Long x) { return std::erf(x); }, -3, 3);
  check(
      Sin{}, [](Long x) { return std::sin(x); }, -6, 6);
  check(
      Cos{}, [](Long x) { return std::cos(x); }, -6, 6);
  check(
      Sqrt{}, [](Long x) { return std::sqrt(x); }, 0, 100);
  check(Sigmoid{}, logistic, -10, 10);
  check(
      Silu{}, [](Long x) { return x * logistic(x); }, -10, 10);
  check(
      Gelu{}, [](Long x) { return x * (1 + std::erf(x / std::sqrt(2.0L))) / 2; }, -2, 5);
  check(
      GeluTanh{},
      [](Long x) {
        return x * (1 + std::tanh(0.7978845608028653559L * (x + 0.044715L * x * x * x))) / 2;
      },
      -2, 5);
  check(
      Softplus{}, [](Long x) { return std::log1p(std::exp(x)); }, -10, 10);
  check(
      Power{2.5}, [](Long x) { return std::pow(x, 2.5L); }, 0.1, 4);
  check(
      Relu{}, [](Long x) { return x > 0 ? x : 0; }, -2, 2);
  check(
      Abs{}, [](Long x) { return std::fabs(x); }, -2, 2);
}

TEST_CASE("an element's bits do not depend on its place or neighbours") {
  const Device device = TUTTI_EACH_DEVICE;
  std::vector<float> in = spread<float>(70001, -9, 9);
  Tensor x = Tensor::from(in, {70001}, device);
  std::vector<float> whole = map(Gelu{}, x).to_vector<float>();
  for (std::int64_t begin : {0, 1, 333, 69900})
    for (std::int64_t count : {1, 63, 101}) {
      std::vector<float> part = map(Gelu{}, x.slice(0, begin, begin + count)).to_vector<float>();
      for (std::int64_t i = 0; i < count; ++i)
        REQUIRE(part[static_cast<std::size_t>(i)] == whole[static_cast<std::size_t>(begin + i)]);
    }
}

TEST_CASE("inputs broadcast and may be strided") {
  const Device device = TUTTI_EACH_DEVICE;
  Tensor a = Tensor::from(spread<double>(15, 0, 15), {3, 5}, device).transpose();
  Tensor b = Tensor::from(spread<double>(3, 1, 4), {3}, device);
  std::vector<double> av = a.to_vector<double>(), bv = b.to_vector<double>();
  std::vector<double> out = (a * b).to_vector<double>();
  for (std::size_t i = 0; i < 15; ++i) CHECK(out[i] == av[i] * bv[i % 3]);
  CHECK((a - a.slice(1, 1, 2)).shape() == Shape{5, 3});
  CHECK_THROWS_AS(a * Tensor::zeros({2}, Dtype::f64, device), Error);
  CHECK_THROWS_AS(a * Tensor::zeros({3}, Dtype::f32, device), Error);
  CHECK_THROWS_AS(map(Exp{}, Tensor::zeros({3}, Dtype::i64, device)), Error);
}

TEST_CASE("an element's bits do not depend on strides") {
  // Rows shorter and longer than the vector loop, at odd sizes.
  for (std::int64_t rows : {1, 3, 77, 300})
    for (std::int64_t columns : {1, 5, 128, 256, 517}) {
      Tensor x = Tensor::from(spread<float>(rows * columns, -3, 3), {rows, columns});
      Tensor bias = Tensor::from(spread<float>(columns, 1, 4), {columns});
      Tensor scale = Tensor::from(spread<float>(rows, 1, 2), {rows, 1});
      Tensor turned = Tensor::from(spread<float>(rows * columns, 2, 5), {columns, rows});
      Tensor wide = Tensor::from(spread<float>(rows * columns * 6, 0, 5), {rows, 2 * columns, 3});
      for (const Tensor& y : {bias, scale, bias.slice(0, 0, 1), turned.transpose(),
                              wide.slice(2, 1, 2).slice(1, 1, columns + 1).reshape({rows, columns}),
                              wide.slice(1, 0, columns).permute({2, 0, 1}).slice(0, 2, 3)}) {
        Shape shape = broadcast(x.shape(), y.shape(), "test");
        Tensor dense = y.expand(shape).clone();
        INFO("shape " << y.shape() << " strides " << y.strides());
        CHECK(map(Hypotenuse{}, x, y).to_vector<float>() ==
              map(Hypotenuse{}, x.expand(shape), dense).to_vector<float>());
        CHECK(map(Divide{}, y, x).to_vector<float>() ==
              map(Divide{}, dense, x.expand(shape)).to_vector<float>());
        CHECK(map(Tanh{}, y.expand(shape)).to_vector<float>() ==
              map(Tanh{}, dense).to_vector<float>());
      }
    }
}

TEST_CASE("16-bit floats are computed in f32 and rounded once") {
  for (Dtype dtype : {Dtype::f16, Dtype::bf16})
    for (std::int64_t count : {1, 255, 1000, 40003}) {
      Tensor x = Tensor::from(spread<float>(count, -4, 4), {count}).to(dtype);
      Tensor y = Tensor::from(spread<float>(2 * count, 1, 4), {count, 2}).to(dtype);
      Tensor column = y.slice(1, 1, 2).reshape({count});
      Tensor wide_x = x.to(Dtype::f32), wide_column = column.to(Dtype::f32);
      auto same = [&](const Tensor& out, const Tensor& wide) {
        REQUIRE(out.dtype() == dtype);
        CHECK(out.to(Dtype::f32).to_vector<float>() ==
              wide.to(dtype).to(Dtype::f32).to_vector<float>());
      };
      same(map(Gelu{}, x), map(Gelu{}, wide_x));
      same(x / column, wide_x / wide_column);
      same(map(Hypotenuse{}, x, column), map(Hypotenuse{}, wide_x, wide_column));
      same(map(Equal{}, x, column), map(Equal{}, wide_x, wide_column));
      same(x * x.slice(0, 0, 1), wide_x * wide_x.slice(0, 0, 1));
    }
  CHECK_THROWS_WITH(map(Add{}, Tensor::zeros({2}, Dtype::f16), Tensor::zeros({2})),
                    "map: found dtypes f16 and f32 for shapes [2] and [2], expected one; convert "
                    "with cast(x, Dtype)");
}

TEST_CASE("a user's functor is differentiable") {
  Variable x(Tensor::from(std::vector<double>{3, 5}, {2}), true);
  Variable y(Tensor::from(std::vector<double>{4, 12}, {2}), true);
  Variable r = apply(Hypotenuse{}, x, y);
  CHECK(r.value().to_vector<double>() == std::vector<double>{5, 13});
  auto g = grad(sum(r), {x, y}, {.create_graph = true});
  CHECK(g[0].value().to_vector<double>()[0] == Approx(0.6));
  CHECK(g[1].value().to_vector<double>()[1] == Approx(12.0 / 13));
  // d2r/dx2 = y^2 / r^3
  auto second = grad(sum(g[0]), {x})[0].value().to_vector<double>();
  CHECK(second[0] == Approx(16.0 / 125));
}

TEST_CASE("activations and three derivatives are finite over the whole range") {
  const Device device = TUTTI_EACH_DEVICE;
  auto check = [&](auto f, auto zero) {
    using T = decltype(zero);
    std::vector<T> in;
    for (T x = std::numeric_limits<T>::max(); x > std::numeric_limits<T>::min(); x /= T(1.7))
      in.insert(in.end(), {x, -x});
    in.push_back(0);
    Tensor x = Tensor::from(in, {static_cast<std::int64_t>(in.size())}, device);
    using F = decltype(f);
    using D1 = Partial<F, 0>;
    using D2 = Partial<D1, 0>;
    using D3 = Partial<D2, 0>;
    for (const Tensor& y : {map(f, x), map(D1{f}, x), map(D2{{f}}, x), map(D3{{{f}}}, x)})
      for (T value : y.template to_vector<T>()) REQUIRE(!std::isnan(value));
  };
  auto both = [&](auto f) {
    check(f, 0.0f);
    check(f, 0.0);
  };
  both(Relu{});
  both(Sigmoid{});
  both(Silu{});
  both(Gelu{});
  both(GeluTanh{});
  both(Softplus{});
  both(Tanh{});
  both(Erf{});
}

TEST_CASE("NaN stays visible through relu") {
  const Device device = TUTTI_EACH_DEVICE;
  Tensor x = Tensor::full({3}, std::numeric_limits<double>::quiet_NaN(), Dtype::f32, device);
  CHECK(std::isnan(relu(x).to_vector<float>()[0]));
}

TEST_CASE("a fourth derivative throws, three do not") {
  Variable x(Tensor::from(std::vector<double>{0.3}, {1}), true);
  Variable y = sin(x);
  for (int i = 0; i < 3; ++i) y = grad(sum(y), {x}, {.create_graph = true})[0];
  CHECK(y.item() == Approx(-std::cos(0.3)));
  CHECK_THROWS_AS(grad(sum(y), {x}, {.create_graph = true}), Error);
}
