#include "tutti/ops/squared_norm.h"

#include <cmath>

#include "support/devices.h"
#include "support/errors.h"

using namespace tutti;
using test::contains;
using test::error_of;

TEST_CASE("the norm of 16-bit floats is that of their values") {
  const Device device = TUTTI_EACH_DEVICE;
  for (Dtype dtype : {Dtype::f16, Dtype::bf16})
    for (std::int64_t count : {1, 17, 5000}) {
      std::vector<float> values;
      for (std::int64_t i = 0; i < count; ++i)
        values.push_back(static_cast<float>(std::sin(static_cast<double>(i + 1))));
      Tensor x = Tensor::from(values, {count}).to(dtype);
      double sum = 0;
      for (double value : x.to(Dtype::f64).to_vector<double>()) sum += value * value;
      CHECK(squared_norm(x.to(device)) == Approx(sum).epsilon(1e-13));
    }
}

TEST_CASE("norms of several tensors are those of each") {
  const Device device = TUTTI_EACH_DEVICE;
  auto x = [&](std::uint64_t seed, const Shape& shape, Dtype dtype) {
    return Tensor::randn(shape, seed, dtype, device);
  };
  std::vector<Tensor> tensors{x(0, {4096}, Dtype::f64), x(1, {0, 3}, Dtype::f32),
                              x(2, {7, 1171}, Dtype::f32).transpose(), x(3, {}, Dtype::bf16)};
  std::vector<double> each;
  for (const Tensor& tensor : tensors) each.push_back(squared_norm(tensor));
  CHECK(squared_norms(tensors) == each);
  CHECK(each[1] == 0);
  CHECK(each[3] > 0);
  CHECK(squared_norms({}).empty());
  CHECK(contains(error_of([&] { squared_norm(Tensor::zeros({2}, Dtype::i64)); }), "squared_norm"));
}
