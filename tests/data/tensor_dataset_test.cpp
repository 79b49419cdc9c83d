#include "tutti/data/tensor_dataset.h"

#include <cstring>
#include <numeric>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/data/loader.h"

using namespace tutti;
using namespace tutti::test;
using data::Batch;
using data::Field;
using data::TensorDataset;

namespace {

// Bytes 0, 1, 2, ... whatever the dtype.
Tensor bytes_up(const Shape& shape, Dtype dtype) {
  Tensor out(shape, dtype, Device());
  auto* bytes = static_cast<std::uint8_t*>(out.mutable_raw());
  std::iota(bytes, bytes + out.block().bytes(), std::uint8_t{0});
  return out;
}

const std::vector<std::int64_t> picked{3, 0, 3, 4};

}  // namespace

TEST_CASE("a tensor data set gathers rows of any dtype", "[data]") {
  Dtype dtype =
      GENERATE(Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i32, Dtype::i64, Dtype::u8);
  Shape row = GENERATE(Shape{}, Shape{3}, Shape{2, 1, 3}, Shape{0});
  Shape shape = row;
  shape.insert(0, 5);
  Tensor x = bytes_up(shape, dtype);
  TensorDataset samples{{"x", x}, {"n", bytes_up({5}, Dtype::u8)}};
  CHECK(samples.size() == 5);
  CHECK(samples.fields() == std::vector<Field>{{"x", row, dtype}, {"n", {}, Dtype::u8}});
  Batch batch = samples.batch(picked);
  samples.require_fields(batch, 4);
  auto bytes = static_cast<std::size_t>(row.count()) * size_of(dtype);
  const auto* from = static_cast<const std::uint8_t*>(x.raw());
  const auto* found = static_cast<const std::uint8_t*>(batch["x"].raw());
  for (std::size_t i = 0; i < picked.size(); ++i)
    for (std::size_t k = 0; k < bytes; ++k)
      if (found[i * bytes + k] != from[static_cast<std::size_t>(picked[i]) * bytes + k])
        FAIL("row " << i << " differs at byte " << k);
  CHECK(batch["n"].to_vector<std::uint8_t>() == std::vector<std::uint8_t>{3, 0, 3, 4});
  CHECK(samples.batch({})["x"].size(0) == 0);
}

TEST_CASE("a tensor data set takes views, and shares what is dense", "[data]") {
  Tensor x = bytes_up({3, 5}, Dtype::u8), y = Tensor::zeros({5});
  TensorDataset samples(x.transpose(), y);
  y.fill(7);
  auto [rows, sevens] = samples.batch(picked);
  CHECK(rows.to_vector<std::uint8_t>() ==
        std::vector<std::uint8_t>{3, 8, 13, 0, 5, 10, 3, 8, 13, 4, 9, 14});
  CHECK(sevens.to_vector<float>() == std::vector<float>(4, 7.0f));
  CHECK(samples.batch(picked).names() == std::vector<std::string>{"x", "y"});
}

TEST_CASE("a loader goes through a tensor data set", "[data]") {
  TensorDataset samples(bytes_up({20, 3}, Dtype::u8), bytes_up({20}, Dtype::u8));
  int seen = 0;
  for (auto& step : data::Loader(samples, data::DistributedSampler(20, {.batch = 3}, 0, 1))) {
    for (auto [x, y] : step) {
      auto rows = x.to_vector<std::uint8_t>(), numbers = y.to_vector<std::uint8_t>();
      for (std::size_t i = 0; i < numbers.size(); ++i, ++seen)
        CHECK(rows[3 * i + 2] == 3 * numbers[i] + 2);
    }
  }
  CHECK(seen == 20);
}

TEST_CASE("a tensor data set says what does not fit", "[data]") {
  Tensor x = Tensor::zeros({5, 2});
  CHECK(error_of([&] {
          TensorDataset(x, Tensor::zeros({4, 2}));
        }) ==
        "data::TensorDataset: found 4 samples of y (shape [4, 2]) and 5 of x, expected as many");
  CHECK(contains(error_of([&] { TensorDataset(x, Tensor::zeros({})); }), "found a scalar as y"));
  CHECK(contains(error_of([&] { TensorDataset(Tensor(), x); }), "holds nothing as x"));
  CHECK(contains(error_of([&] { TensorDataset{Batch()}; }), "found no tensor"));
  CHECK(contains(error_of([&] { TensorDataset{{"x", x}, {"x", x}}; }), "two tensors named x"));
  for (std::int64_t bad : {-1, 5})
    CHECK(error_of([&] {
            TensorDataset(x, x).batch(std::vector<std::int64_t>{0, bad});
          }) == text("data::TensorDataset: found index ", bad,
                     " in a data set of 5 samples, expected 0 or more and less than that"));
}
