#include "tutti/tensor/tensor.h"

#include <numeric>

#include "support/devices.h"

using namespace tutti;

namespace {

Tensor counting(const Shape& shape, const Device& device = {}) {
  std::vector<float> values(static_cast<std::size_t>(shape.count()));
  std::iota(values.begin(), values.end(), 0.0f);
  return Tensor::from(values, shape, device);
}

using Floats = std::vector<float>;

}  // namespace

TEST_CASE("views share memory and follow strides") {
  const Device device = TUTTI_EACH_DEVICE;
  Tensor x = counting({2, 3}, device);
  CHECK(x.transpose().to_vector<float>() == Floats{0, 3, 1, 4, 2, 5});
  CHECK(x.slice(1, 1, 3).to_vector<float>() == Floats{1, 2, 4, 5});
  CHECK(x.slice(-2, 1, 2).expand({2, 3}).to_vector<float>() == Floats{3, 4, 5, 3, 4, 5});
  CHECK(x.transpose().reshape({6}).to_vector<float>() == Floats{0, 3, 1, 4, 2, 5});
  CHECK(counting({2, 3, 4}, device).permute({2, 0, 1}).shape() == Shape{4, 2, 3});
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
  const Device device = TUTTI_EACH_DEVICE;
  Tensor x = Tensor::zeros({3, 4}, Dtype::f64, device);
  x.slice(1, 1, 3).copy_from(counting({2}, device));
  CHECK(x.to_vector<double>() == std::vector<double>{0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0});
  CHECK(counting({3}, device).to(Dtype::i64).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, 1, 2});
  CHECK(counting({5}, device).to(Dtype::u8).to(Dtype::f32).to_vector<float>() ==
        Floats{0, 1, 2, 3, 4});
}

TEST_CASE("an index selects along an axis") {
  Tensor x = counting({2, 3, 4});
  CHECK(x[1].shape() == Shape{3, 4});
  CHECK(x[-1][0].to_vector<float>() == Floats{12, 13, 14, 15});
  CHECK(x[0][2][3].item() == 11);
  CHECK(x.select(-1, -4).to_vector<float>() == Floats{0, 4, 8, 12, 16, 20});
  CHECK(x.transpose(0, 2)[1].shape() == Shape{3, 2});
  x[0].fill(7);
  CHECK(x.to_vector<float>()[11] == 7);
  CHECK_THROWS_WITH(x[2],
                    "select: found index 2 along axis 0 of shape [2, 3, 4], expected -2 to 1");
  CHECK_THROWS_AS(x.select(3, 0), Error);
  CHECK_THROWS_AS(Tensor::zeros({})[0], Error);
}

TEST_CASE("16-bit floats are stored") {
  Tensor x = Tensor::from(std::vector<f16>{{0x3c00}, {0xc248}}, {2});  // 1, -3.140625
  CHECK(x.dtype() == Dtype::f16);
  CHECK(x.to(Dtype::f32).to_vector<float>() == Floats{1, -3.140625f});
  CHECK(x.to(Dtype::bf16).to_vector<bf16>()[1].bits == 0xc049);
  CHECK(x.slice(0, 1, 2).item() == -3.140625);
  Tensor y = Tensor::full({2, 2}, 0.1, Dtype::f16);
  CHECK(y.to_vector<f16>()[3].bits == 0x2e66);
  y.slice(1, 0, 1).copy_from(counting({2, 1}));
  CHECK(y.to(Dtype::f64).slice(1, 0, 1).to_vector<double>() == std::vector<double>{0, 1});
}

TEST_CASE("what names no device shares one") {
  CHECK(&Tensor::zeros({1}).device().allocator() == &Device::cpu().allocator());
  CHECK(&Device().allocator() != &Device::cpu().allocator());
}

TEST_CASE("tensors of no elements work") {
  const Device device = TUTTI_EACH_DEVICE;
  Tensor empty = Tensor::zeros({0, 3}, Dtype::f32, device);
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

TEST_CASE("elements of another dtype are converted to be read, not to be written") {
  const Tensor whole = Tensor::zeros({2}, Dtype::i64);
  const std::uint64_t version = whole.version();
  CHECK_THROWS_WITH(whole.data<float>(),
                    "Tensor::data: found dtype i64, expected f32; convert with to()");
  CHECK_THROWS_WITH(whole.mutable_data<float>(),
                    "Tensor::mutable_data: found dtype i64, expected f32; write i64, or make the "
                    "tensor with dtype f32");
  CHECK(whole.version() == version);  // nothing was written
}

TEST_CASE("an empty tensor says so", "[tensor]") {
  const Tensor empty;
  CHECK(!empty);
  CHECK_THROWS_WITH(empty.device(), Catch::Contains("found an empty one"));
  CHECK_THROWS_WITH(empty.to_vector<float>(), Catch::Contains("found an empty one"));
  CHECK_THROWS_WITH(empty.item(), Catch::Contains("found an empty one"));
  CHECK_THROWS_AS(empty.fill(1), Error);
}
