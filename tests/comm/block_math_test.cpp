#include "tutti/comm/block_math.h"

#include <cmath>
#include <limits>

#include "support/catch.h"

using namespace tutti;

namespace {

template <class T>
T combined(T lower, T upper, ReduceOp::Kind kind, double divisor = 1) {
  combine(CpuStream{}, block_of(&lower, 1), block_of(&lower, 1), block_of(&upper, 1), kind,
          divisor);
  return lower;
}

}  // namespace

TEST_CASE("combine is the operator, divided once", "[comm]") {
  using enum ReduceOp::Kind;
  CHECK(combined(2.0f, 5.0f, sum) == 7.0f);
  CHECK(combined(2.0f, 5.0f, sum, 3) == 7.0f / 3.0f);
  CHECK(combined(2.0, -5.0, min) == -5.0);
  CHECK(combined(2.0, -5.0, max) == 2.0);
  CHECK(combined<std::int64_t>(-3, 4, product) == -12);
}

TEST_CASE("integers wrap", "[comm]") {
  using limits = std::numeric_limits<std::int32_t>;
  CHECK(combined(limits::max(), 1, ReduceOp::Kind::sum) == limits::min());
  CHECK(combined<std::uint8_t>(200, 100, ReduceOp::Kind::sum) == 44);
  CHECK(combined(limits::max(), 2, ReduceOp::Kind::product) == -2);
}

TEST_CASE("a NaN wins on either side", "[comm]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (auto kind : {ReduceOp::Kind::min, ReduceOp::Kind::max}) {
    CHECK(std::isnan(combined(nan, 1.0f, kind)));
    CHECK(std::isnan(combined(1.0f, nan, kind)));
  }
}

TEST_CASE("combine refuses blocks that differ, and 16-bit types", "[comm]") {
  float a[2] = {}, b[2] = {};
  auto sum = ReduceOp::Kind::sum;
  CHECK_THROWS_AS(combine(CpuStream{}, block_of(a, 2), block_of(b, 1), block_of(a, 2), sum), Error);
  Block half{a, 2, Dtype::f16, {}};
  CHECK_THROWS_AS(combine(CpuStream{}, half, half, half, sum), Error);
  std::int32_t whole = 3;
  CHECK_THROWS_AS(divide(CpuStream{}, block_of(&whole, 1), 2), Error);
}
