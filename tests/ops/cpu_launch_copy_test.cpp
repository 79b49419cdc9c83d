// copy, fill and dropout_mask on the CPU, against loops over positions.
#include "cpu_launch.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// The offset of every position, in row-major order.
std::vector<std::int64_t> offsets(const Tensor& x) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(x.count()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::int64_t rest = static_cast<std::int64_t>(i);
    for (int axis = x.rank() - 1; axis >= 0; --axis) {
      all[i] += rest % x.shape()[axis] * x.strides()[axis];
      rest /= x.shape()[axis];
    }
  }
  return all;
}

void check_copy(const Tensor& to, const Tensor& from) {
  launch::copy(CpuStream{}, to, from);
  auto to_at = offsets(to), from_at = offsets(from);
  bool equal = true;
  for (std::size_t i = 0; i < to_at.size(); ++i)
    equal &= to.data<float>()[to_at[i]] == from.data<float>()[from_at[i]];
  CHECK(equal);
}

}  // namespace

TEST_CASE("copy follows any strides") {
  Tensor x = fractions({5, 7, 33, 3});
  for (Shape order : {Shape{0, 1, 2, 3}, Shape{3, 2, 1, 0}, Shape{0, 2, 3, 1}, Shape{2, 0, 3, 1}}) {
    Tensor from = x.permute(order);
    check_copy(unwritten(from.shape()), from);
    Tensor to = unwritten(x.shape()).permute(order);
    check_copy(to, fractions(to.shape()));
    check_copy(to, from);
  }
  check_copy(unwritten({300, 400}), fractions({400, 300}).transpose());
  check_copy(unwritten({5, 200}).slice(1, 3, 150), fractions({5, 300}).slice(1, 100, 247));
  check_copy(unwritten({4, 5, 6}), fractions({5, 1}).expand({4, 5, 6}));
  check_copy(unwritten({100000}), fractions({1}).expand({100000}));
  check_copy(unwritten({77, 1}).expand({77, 90}), fractions({77, 1}).expand({77, 90}));
  check_copy(unwritten({3, 33, 17}), fractions({17, 3, 70}).slice(2, 5, 38).permute({1, 2, 0}));
  check_copy(unwritten({}), fractions({}));
  check_copy(unwritten({3, 0, 2}), fractions({3, 0, 2}));
  CHECK(same_bits_on_any_threads([&] { return fractions({300, 700}).transpose().clone(); }));
}

TEST_CASE("copy converts as C++ does") {
  const Dtype all[] = {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16,
                       Dtype::i32, Dtype::i64, Dtype::u8};
  std::vector<double> values{0, 1.75, 3, 120.5, 255};
  for (Dtype from : all)
    for (Dtype to : all) {
      Tensor x = Tensor::from(values, {5}).to(from), y = unwritten({5}, to);
      launch::copy(CpuStream{}, y, x);
      bool whole = !is_float(from) || !is_float(to);
      std::vector<double> expected = whole ? std::vector<double>{0, 1, 3, 120, 255} : values;
      CHECK(numbers(y) == expected);
    }
}

TEST_CASE("fill writes a view and nothing else") {
  for (Dtype dtype :
       {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i32, Dtype::i64, Dtype::u8}) {
    Tensor x = Tensor::zeros({4, 6}, dtype);
    launch::fill(CpuStream{}, x.slice(1, 2, 4).transpose(), 9);
    auto values = numbers(x);
    for (std::size_t i = 0; i < 24; ++i) CHECK(values[i] == (i % 6 == 2 || i % 6 == 3 ? 9 : 0));
  }
  Tensor large = unwritten({3, 50001});
  launch::fill(CpuStream{}, large, -1.5);
  CHECK(numbers(large) == std::vector<double>(150003, -1.5));
  launch::fill(CpuStream{}, unwritten({0, 4}), 1);
}

TEST_CASE("dropout_mask draws word i % 4 at offset i / 4") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (double rate : {0.0, 0.3, 0.5, 0.999}) {
      for (std::int64_t count : {0, 1, 5, 255, 256, 257, 40003}) {
        Tensor mask = unwritten({count}, dtype);
        launch::dropout_mask(CpuStream{}, mask, rate, 42, 7);
        std::vector<double> values = numbers(mask), expected(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
          double kept = 1 / (1 - rate);
          if (dtype == Dtype::f32) kept = static_cast<float>(kept);
          expected[i] = uniform_float(Philox(42).at(7, i / 4)[i % 4]) >= rate ? kept : 0;
        }
        CHECK(values == expected);
      }
    }
  CHECK(same_bits_on_any_threads([] {
    Tensor mask = unwritten({100001});
    launch::dropout_mask(CpuStream{}, mask, 0.5, 1, 2);
    return mask;
  }));
}
