// reduce and argmax on the CPU, against loops over positions.
#include <cmath>
#include <limits>

#include "cpu_launch.h"

using namespace tutti;
using namespace tutti::test;
using launch::Reduction;

namespace {

std::vector<double> naive_reduce(Reduction kind, const Shape& kept, const Tensor& x) {
  std::vector<double> values = numbers(x);
  double start = kind == Reduction::sum ? 0 : -std::numeric_limits<double>::infinity();
  std::vector<double> out(static_cast<std::size_t>(kept.count()), start);
  Shape steps = row_major_strides(kept);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::int64_t rest = static_cast<std::int64_t>(i), at = 0;
    for (int axis = x.rank() - 1; axis >= 0; --axis) {
      if (kept[axis] != 1) at += rest % x.shape()[axis] * steps[axis];
      rest /= x.shape()[axis];
    }
    double& place = out[static_cast<std::size_t>(at)];
    place = kind == Reduction::sum ? place + values[i] : std::max(place, values[i]);
  }
  return out;
}

// Every subset of the axes.
void check_reductions(const Tensor& x) {
  for (int subset = 0; subset < 1 << x.rank(); ++subset) {
    Shape kept = x.shape();
    for (int axis = 0; axis < x.rank(); ++axis)
      if (subset >> axis & 1) kept[axis] = 1;
    for (Reduction kind : {Reduction::sum, Reduction::max}) {
      Tensor out = unwritten(kept, x.dtype());
      launch::reduce(CpuStream{}, kind, out, x);
      INFO("shape " << x.shape() << " strides " << x.strides() << " kept " << kept);
      CHECK(numbers(out) == naive_reduce(kind, kept, x));
    }
  }
}

}  // namespace

TEST_CASE("reduce sums and compares over any axes") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    check_reductions(whole_numbers({3, 5, 7, 41}, dtype));
    check_reductions(whole_numbers({3, 5, 7, 41}, dtype).permute({2, 0, 3, 1}));
    check_reductions(whole_numbers({5, 600}, dtype).slice(1, 7, 590));
    check_reductions(whole_numbers({9, 1, 33}, dtype).expand({9, 4, 33}));
    check_reductions(whole_numbers({}, dtype));
    check_reductions(whole_numbers({1, 1}, dtype));
  }
}

TEST_CASE("reduce joins the parts of large tensors") {
  check_reductions(whole_numbers({300007}));
  check_reductions(whole_numbers({1001, 301}));
  check_reductions(whole_numbers({301, 1001}).transpose());
  check_reductions(whole_numbers({20011, 10}));
  check_reductions(whole_numbers({16, 13, 40, 31}));
}

TEST_CASE("sums of many numbers stay accurate") {
  // A sequential f32 sum of 2^22 times 0.1 is off by about a percent. Lanes of 32 additions in a
  // tree err by at most (32 + 17) * 2^-24, some 3e-6 of the sum.
  Tensor x = Tensor::full({1 << 22}, 0.1), rows = Tensor::full({1 << 18, 16}, 0.1);
  Tensor out = unwritten({1}), columns = unwritten({1, 16});
  launch::reduce(CpuStream{}, Reduction::sum, out, x);
  CHECK(std::abs(out.item() / (0.1f * double(1 << 22)) - 1) < 3e-6);
  launch::reduce(CpuStream{}, Reduction::sum, columns, rows);
  for (double sum : numbers(columns)) CHECK(std::abs(sum / (0.1f * double(1 << 18)) - 1) < 3e-6);
}

TEST_CASE("reductions do not depend on threads") {
  for (Shape kept : {Shape{1, 1, 1}, Shape{1, 33, 1}, Shape{37, 1, 1}, Shape{1, 1, 411}})
    CHECK(same_bits_on_any_threads([&] {
      Tensor out = unwritten(kept);
      launch::reduce(CpuStream{}, Reduction::sum, out, fractions({37, 33, 411}));
      return out;
    }));
}

TEST_CASE("a reduction's bits depend on the logical shape alone") {
  Tensor x = fractions({7, 40, 33, 5}), wide = fractions({7, 2, 40, 33, 9});
  const Tensor views[] = {
      x,
      x.transpose(0, 1),
      x.permute({3, 1, 0, 2}),
      x.permute({3, 2, 1, 0}),
      wide.slice(1, 1, 2).slice(4, 2, 7).reshape({7, 40, 33, 5}),
      wide.slice(1, 0, 1).slice(4, 0, 5).permute({4, 1, 0, 3, 2}).slice(1, 0, 1),
      fractions({40, 1, 5}).expand({7, 40, 33, 5}),
      fractions({2048, 70}).transpose(),
      fractions({2048, 140}).slice(1, 1, 4),
      fractions({70, 5000}).slice(1, 100, 4900),
  };
  for (const Tensor& view : views) {
    Tensor dense = view.clone();
    for (int subset = 0; subset < 1 << view.rank(); ++subset) {
      Shape kept = view.shape();
      for (int axis = 0; axis < view.rank(); ++axis)
        if (subset >> axis & 1) kept[axis] = 1;
      Tensor a = unwritten(kept), b = unwritten(kept);
      launch::reduce(CpuStream{}, Reduction::sum, a, view);
      launch::reduce(CpuStream{}, Reduction::sum, b, dense);
      INFO("shape " << view.shape() << " strides " << view.strides() << " kept " << kept);
      CHECK(std::memcmp(a.raw(), b.raw(), a.const_block().bytes()) == 0);
    }
  }
  // As many numbers in one order: rows and columns agree, too.
  for (Shape shape : {Shape{3, 31}, Shape{200, 1000}, Shape{2, 70001}}) {
    Tensor rows = fractions(shape), columns = rows.transpose().clone();
    Tensor a = unwritten({shape[0], 1}), b = unwritten({1, shape[0]});
    launch::reduce(CpuStream{}, Reduction::sum, a, rows);
    launch::reduce(CpuStream{}, Reduction::sum, b, columns);
    CHECK(numbers(a) == numbers(b));
  }
}

TEST_CASE("16-bit numbers are summed in f32 and rounded once") {
  for (Dtype dtype : {Dtype::f16, Dtype::bf16})
    for (Shape kept : {Shape{1, 1}, Shape{300, 1}, Shape{1, 700}, Shape{300, 700}})
      for (Reduction kind : {Reduction::sum, Reduction::max}) {
        Tensor x = fractions({300, 700}).to(dtype), whole = x.to(Dtype::f32);
        Tensor out = unwritten(kept, dtype), expected = unwritten(kept);
        launch::reduce(CpuStream{}, kind, out, x);
        launch::reduce(CpuStream{}, kind, expected, whole);
        CHECK(numbers(out) == numbers(expected.to(dtype)));
      }
  // 4,096 ones: in f16 itself the sum would stop at 2,048.
  Tensor ones = Tensor::full({1, 4096}, 1, Dtype::f16), out = unwritten({1, 1}, Dtype::f16);
  launch::reduce(CpuStream{}, Reduction::sum, out, ones);
  CHECK(out.item() == 4096);
}

TEST_CASE("reductions of nothing") {
  Tensor out = unwritten({1, 5});
  launch::reduce(CpuStream{}, Reduction::sum, out, Tensor::zeros({0, 5}));
  CHECK(numbers(out) == std::vector<double>(5, 0));
  CHECK_THROWS_WITH(
      launch::reduce(CpuStream{}, Reduction::max, out, Tensor::zeros({0, 5})),
      "max: found shape [0, 5] reduced to [1, 5], expected at least one element to choose from");
  launch::reduce(CpuStream{}, Reduction::max, unwritten({0, 1}), Tensor::zeros({0, 5}));
}

TEST_CASE("NaN is the largest") {
  for (std::int64_t place : {0, 3, 700, 999}) {
    Tensor x = fractions({2, 1000});
    x.mutable_data<float>()[place] = std::numeric_limits<float>::quiet_NaN();
    for (const Tensor& view : {x, x.transpose().clone().transpose()}) {
      Tensor out = unwritten({2, 1});
      launch::reduce(CpuStream{}, Reduction::max, out, view);
      CHECK(std::isnan(out.data<float>()[0]));
      CHECK_FALSE(std::isnan(out.data<float>()[1]));
    }
    Tensor position = unwritten({2}, Dtype::i64);
    launch::argmax(CpuStream{}, position, x);
    CHECK(position.data<std::int64_t>()[0] == place);
  }
}

TEST_CASE("argmax finds the first of equals") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (std::int64_t columns : {1, 2, 10, 1000}) {
      Tensor x = whole_numbers({1003, columns}, dtype), out = unwritten({1003}, Dtype::i64);
      launch::argmax(CpuStream{}, out, x);
      auto values = numbers(x);
      std::vector<std::int64_t> expected;
      for (auto row = values.begin(); row != values.end(); row += columns)
        expected.push_back(std::max_element(row, row + columns) - row);
      CHECK(out.to_vector<std::int64_t>() == expected);
    }
  launch::argmax(CpuStream{}, unwritten({0}, Dtype::i64), Tensor::zeros({0, 4}));
  CHECK_THROWS_WITH(launch::argmax(CpuStream{}, unwritten({4}, Dtype::i64), Tensor::zeros({4, 0})),
                    "argmax: found shape [4, 0], expected rows of at least one element");
}
