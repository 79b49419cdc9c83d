#include "tutti/data/batch.h"

#include "support/catch.h"
#include "support/errors.h"

using namespace tutti;
using namespace tutti::test;
using data::Batch;

TEST_CASE("a batch holds tensors of any dtype and shape by name", "[data]") {
  Batch batch{{"tokens", Tensor::zeros({2, 3}, Dtype::i64)},
              {"mask", Tensor::zeros({2, 1, 4}, Dtype::u8)},
              {"weight", Tensor(Shape{2}, Dtype::bf16, Device())}};
  CHECK(batch.size() == 3);
  CHECK(batch.names() == std::vector<std::string>{"tokens", "mask", "weight"});
  CHECK(batch["mask"].shape() == Shape{2, 1, 4});
  CHECK(batch["weight"].dtype() == Dtype::bf16);
  CHECK(batch.contains("mask"));
  CHECK(!batch.contains("masks"));
  CHECK(Batch().size() == 0);
}

TEST_CASE("a batch of two is unpacked in order, without a copy of elements", "[data]") {
  Batch batch{{"y", Tensor::full({2}, 1)}, {"x", Tensor::full({2, 2}, 2)}};
  auto [first, second] = batch;
  CHECK(first.raw() == batch["y"].raw());
  CHECK(second.raw() == batch["x"].raw());
  second = second.to(Dtype::f64);  // handles of one's own
  CHECK(batch["x"].dtype() == Dtype::f32);
  const auto& [a, b] = batch;
  CHECK(a.shape() == Shape{2});
  CHECK(b.shape() == Shape{2, 2});
}

TEST_CASE("a batch says what it does not hold", "[data]") {
  Tensor x = Tensor::zeros({1});
  Batch three{{"a", x}, {"b", x}, {"c", x}};
  std::string unpacked = error_of([&] { [[maybe_unused]] auto [a, b] = three; });
  CHECK(unpacked ==
        "data::Batch: found 3 tensors (a, b, c) to unpack, expected two; take them by name: "
        "batch[\"NAME\"]");
  CHECK(contains(error_of([] { [[maybe_unused]] auto [a, b] = Batch(); }), "found 0 tensors"));
  CHECK(error_of([&] { three["labels"]; }) ==
        "data::Batch: found no tensor named labels, expected one of: a, b, c");
  CHECK(contains(error_of([&] { Batch{{"a", x}, {"a", x}}; }), "found two tensors named a"));
}
