#include "tutti/tensor/tensor.h"

#include <numeric>

#include "support/catch.h"

using namespace tutti;

namespace {

Tensor counting(const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(shape.count()));
  std::iota(values.begin(), values.end(), 0.0f);
  return Tensor::from(values, shape);
}

using Floats = std::vector<float>;

}  // namespace

TEST_CASE("views share memory and follow strides") {
  Tensor x = counting({2, 3});
  CHECK(x.transpose().to_vector<float>() == Floats{0, 3, 1, 4, 2, 5});
  CHECK(x.slice(1, 1, 3).to_vector<float>() == Floats{1, 2, 4, 5});
  CHECK(x.slice(-2, 1, 2).expand({2, 3}).to_vector<float>() == Floats{3, 4, 5, 3, 4, 5});
  CHECK(x.transpose().reshape({6}).to_vector<float>() == Floats{0, 3, 1, 4, 2, 5});
  CHECK(counting({2, 3, 4}).permute({2, 0, 1}).shape() == Shape{4, 2, 3});
  x.slice(0, 0, 1).fill(9);
  CHECK(x.to_vector<float>() == Floats{9, 9, 9, 3, 4, 5});
  Tensor turned = x.transpose().reshape({1, 3, 1, 2, 1}), back = turned.reshape({3, 2});
  CHECK(turned.same_memory(x));
  CHECK(back.strides() == x.transpose().strides());
  CHECK(x.reshape({3, -1}).shape() == Shape{3, 2});
  Tensor copy = x.clone();
  copy.fill(0);
  CHECK(x.to_vector<float>()[5] == 5);
}

TEST_CASE("copy_from writes through views and converts") {
  Tensor x = Tensor::zeros({3, 4}, Dtype::f64);
  x.slice(1, 1, 3).copy_from(counting({2}));
  CHECK(x.to_vector<double>() == std::vector<double>{0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0});
  CHECK(counting({3}).to(Dtype::i64).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, 1, 2});
  CHECK(counting({5}).to(Dtype::u8).to(Dtype::f32).to_vector<float>() == Floats{0, 1, 2, 3, 4});
}

TEST_CASE("tensors of no elements work") {
  Tensor empty = Tensor::zeros({0, 3});
  CHECK(empty.transpose().clone().shape() == Shape{3, 0});
  CHECK(empty.reshape({3, 0}).count() == 0);
  CHECK(empty.to_vector<float>().empty());
}

TEST_CASE("what does not fit is named") {
  Tensor x = counting({2, 3});
  CHECK_THROWS_AS(x.slice(1, 2, 4), Error);
  CHECK_THROWS_AS(x.slice(2, 0, 1), Error);
  CHECK_THROWS_AS(x.permute({0, 0}), Error);
  CHECK_THROWS_AS(x.expand({3, 3}), Error);
  CHECK_THROWS_AS(x.expand({3}), Error);
  CHECK_THROWS_AS(x.reshape({4}), Error);
  CHECK_THROWS_AS(x.data<double>(), Error);
  CHECK_THROWS_AS(x.item(), Error);
  CHECK_THROWS_AS(x.transpose().block(), Error);
  CHECK_THROWS_AS(Tensor::from(Floats{1, 2}, {3}), Error);
  for (std::int64_t extent : {std::int64_t{-1}, std::int64_t{1} << 61, std::int64_t{1} << 62})
    CHECK_THROWS_AS(Tensor({extent, 4}, Dtype::f32, Device()), Error);
}
