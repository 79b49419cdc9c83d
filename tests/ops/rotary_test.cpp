// rotary against PyTorch's numbers and what holds of rotations.
#include "tutti/ops/rotary.h"

#include "cpu_launch.h"
#include "support/errors.h"
#include "support/golden.h"
#include "support/gradient_check.h"
#include "tutti/ops/matmul.h"

using namespace tutti;
using namespace tutti::test;

// Angles of up to 41 are rounded in f64, some 1e-14 each.
TEST_CASE("rotary gives PyTorch's numbers") {
  for (const std::string& name : Golden::names("rotary")) {
    INFO(name);
    const Golden golden("rotary", name);
    const RotaryOptions options{.base = golden.number("base"),
                                .offset = golden.integer("offset"),
                                .interleaved = contains(name, "interleaved")};
    Variable x(golden.tensor("x"), true);
    Variable y = rotary(x, options);
    CHECK(largest_difference(y.value(), golden.tensor("y")) < 1e-13);
    y.backward({.seed = golden.tensor("dy")});
    CHECK(largest_difference(x.grad(), golden.tensor("dx")) < 1e-13);
    // f32 rounds the cosines, the products and the sum: 3 * 2^-24 of numbers up to 4.
    CHECK(largest_difference(rotary(golden.tensor("x").to(Dtype::f32), options),
                             golden.tensor("y")) < 2e-6);
    CHECK(largest_difference(rotary(golden.tensor("x").to(Dtype::bf16), options),
                             golden.tensor("y")) < 0.03);
  }
}

TEST_CASE("products of turned rows depend on the distance of their positions alone") {
  Tensor q = fractions({1, 8}, Dtype::f64, 1), k = fractions({1, 8}, Dtype::f64, 2);
  for (bool interleaved : {false, true}) {
    auto product = [&](std::int64_t i, std::int64_t j) {
      return matmul(rotary(q, {.offset = i, .interleaved = interleaved}),
                    rotary(k, {.offset = j, .interleaved = interleaved}).transpose())
          .item();
    };
    for (std::int64_t i : {1, 20, 700})
      CHECK(product(i + 5, i) == Approx(product(5, 0)).margin(1e-12));
    CHECK(product(5, 0) != Approx(product(0, 5)));
  }
}

TEST_CASE("rotary reads any strides and writes in their order") {
  Tensor x = fractions({2, 5, 3, 6}).permute({0, 2, 1, 3});  // [n, t, heads, d] by head
  Tensor y = rotary(x, {.offset = 2});
  CHECK(y.permute({0, 2, 1, 3}).is_dense());
  CHECK(numbers(y) == numbers(rotary(x.contiguous(), {.offset = 2})));
  Tensor gaps = fractions({3, 6, 4}).transpose();
  CHECK(numbers(rotary(gaps)) == numbers(rotary(gaps.contiguous())));
  CHECK(rotary(Tensor::zeros({2, 0, 4})).shape() == Shape{2, 0, 4});
  CHECK(same_bits_on_any_threads([] { return rotary(fractions({7, 300, 64})); }));
}

TEST_CASE("gradients of rotary") {
  test::device = TUTTI_EACH_DEVICE;
  for (bool interleaved : {false, true}) {
    Function turn = [=](const Inputs& in) {
      return rotary(in[0], {.base = 20, .offset = 3, .interleaved = interleaved});
    };
    check_gradients(turn, {input({2, 3, 4})});
    // Not linear, so that its second derivatives are not 0.
    Function squares = [=](const Inputs& in) {
      Variable y = rotary(in[0], {.interleaved = interleaved});
      return y * y * y;
    };
    check_gradients(squares, {input({3, 4})});
  }
}

TEST_CASE("rotary names what does not fit") {
  Tensor x = Tensor::zeros({2, 3, 4});
  CHECK_THROWS_WITH(rotary(Tensor::zeros({2, 3})),
                    "rotary: found [2, 3], expected [..., t, d] with an even d");
  CHECK_THROWS_AS(rotary(Tensor::zeros({4})), Error);
  CHECK_THROWS_WITH(
      rotary(x, {.base = 0}),
      "rotary: found base 0 and offset 0, expected a positive base and an offset of 0 "
      "or more");
  CHECK_THROWS_AS(rotary(x, {.offset = -1}), Error);
  CHECK(contains(error_of([&] { rotary(x.to(Dtype::i64)); }), "i64"));
}
