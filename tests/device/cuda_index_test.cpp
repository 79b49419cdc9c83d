// Comparisons, choices of elements and running sums on CUDA.
#include "cuda_compare.h"
#include "tutti/ops/compare.h"
#include "tutti/ops/cumulative.h"
#include "tutti/ops/gather.h"
#include "tutti/ops/index_select.h"
#include "tutti/ops/where.h"

namespace tutti::test {

namespace {

// Below `extent`, many of them equal.
Tensor random_indices(const Shape& shape, std::int64_t extent) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < shape.count(); ++i)
    values.push_back(Philox(3).at(0, static_cast<std::uint64_t>(i))[0] % (i % 3 ? extent : 2));
  return Tensor::from(values, shape);
}

}  // namespace

TEST_CASE("cuda: comparisons and where, broadcast and strided") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::i32, Dtype::i64, Dtype::u8}) {
    INFO(dtype);
    Tensor a = (random_tensor({5, 1, 70}, Dtype::f64, 1) * 3.0 + 4.0).to(dtype);
    Tensor b = (random_tensor({70, 9}, Dtype::f64, 2) * 3.0 + 4.0).to(dtype).transpose();
    for (auto comparison : {Comparison::less, Comparison::less_equal, Comparison::greater,
                            Comparison::greater_equal, Comparison::equal, Comparison::not_equal})
      compare(*cuda, {a, b}, 0,
              [&](const auto& in) { return tutti::compare(comparison, in[0], in[1]); });
    compare(*cuda, {a, b}, 0,
            [](const auto& in) { return where(less(in[0], in[1]), in[0], in[1]); });
  }
}

TEST_CASE("cuda: rows looked up and added up, in the same order every time") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{7, 13}, Shape{1000}, Shape{0}})
      for (int axis : {0, 1, 2}) {
        INFO(dtype << " indices " << shape << " axis " << axis);
        Tensor x = random_tensor({5, 11, 6}, dtype, 4).transpose(0, 1);
        Tensor indices = random_indices(shape, x.size(axis));
        auto select = [&](const auto& in) { return index_select(in[0], axis, in[1]); };
        compare(*cuda, {x, indices}, 0, select);
        Tensor g = random_tensor(select(std::vector<Tensor>{x, indices}).shape(), dtype, 5);
        // Both add in order of position.
        compare(*cuda, {g, indices}, 0, [&](const auto& in) {
          return apply_list(IndexAdd{axis, x.shape()}, std::vector<Tensor>{in[0], in[1]})[0];
        });
      }
}

TEST_CASE("cuda: gather and scatter_add") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (int axis : {0, 1, 2}) {
      Tensor x = random_tensor({9, 11, 6}, dtype, 6).transpose(0, 1);
      Tensor indices = random_indices({8, 9, 6}, x.size(axis));
      compare(*cuda, {x, indices}, 0, [&](const auto& in) { return gather(in[0], axis, in[1]); });
      Tensor g = random_tensor({6, 9, 8}, dtype, 7).transpose(0, 2);
      compare(*cuda, {g, indices}, 0, [&](const auto& in) {
        return apply_list(ScatterAdd{axis, x.shape()}, std::vector<Tensor>{in[0], in[1]})[0];
      });
    }
}

TEST_CASE("cuda: an index out of range takes zeros and adds nowhere") {
  auto cuda = cuda_device();
  if (!cuda) return;
  Tensor indices = Tensor::from(std::vector<std::int64_t>{1, -1, 2, 1}, {4}).to(*cuda);
  Tensor x = Tensor::from(std::vector<double>{3, 4}, {2}).to(*cuda);
  CHECK(index_select(x, 0, indices).to_vector<double>() == std::vector<double>{4, 0, 0, 4});
  CHECK(gather(x, 0, indices).to_vector<double>() == std::vector<double>{4, 0, 0, 4});
  Tensor g = Tensor::full({4}, 1, Dtype::f64, *cuda);
  for (const Tensor& sums : {apply_list(IndexAdd{0, {2}}, std::vector<Tensor>{g, indices})[0],
                             apply_list(ScatterAdd{0, {2}}, std::vector<Tensor>{g, indices})[0]})
    CHECK(sums.to_vector<double>() == std::vector<double>{0, 2});
}

// In pieces and in one go: f64 rounds differently, f32 by at most one unit in the last place.
TEST_CASE("cuda: running sums") {
  auto cuda = cuda_device();
  if (!cuda) return;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Shape& shape : {Shape{3, 7, 5}, Shape{2, 1000, 3}, Shape{1, 70001}, Shape{0, 3}})
      for (bool reverse : {false, true}) {
        INFO(dtype << " " << shape << " reverse " << reverse);
        compare(*cuda, {random_tensor(shape, dtype, 8)}, tolerance_of(dtype), [&](const auto& in) {
          return CumulativeSum{1, reverse}.forward(in[0]);
        });
      }
}

}  // namespace tutti::test
