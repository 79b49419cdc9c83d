#include "tutti/base/convert.h"

#include <cmath>
#include <limits>

#include "support/catch.h"

using namespace tutti;

namespace {

// Between every two neighbours lies a tie: what is a hair off it must go to the nearer one, though
// as a float it would be the tie itself.
template <class H>
void check_one_rounding(std::uint32_t first, std::uint32_t last) {
  for (std::uint32_t bits = first; bits < last; ++bits) {
    H low{static_cast<std::uint16_t>(bits)}, high{static_cast<std::uint16_t>(bits + 1)};
    double a = widen(low), b = widen(high), tie = (a + b) / 2, hair = (b - a) * 1e-12;
    bool right = convert<H>(tie - hair).bits == low.bits &&
                 convert<H>(tie + hair).bits == high.bits &&
                 convert<H>(hair - tie).bits == (low.bits | 0x8000u) &&
                 convert<H>(tie).bits == (bits % 2 ? high : low).bits && convert<H>(a).bits == bits;
    INFO("bits " << bits);
    REQUIRE(right);
  }
}

}  // namespace

TEST_CASE("doubles become halves by one rounding") {
  check_one_rounding<f16>(0, 0x7bff);
  check_one_rounding<bf16>(0x80, 0x7f7f);  // where floats are normal
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(convert<f16>(infinity).bits == 0x7c00);
  CHECK(convert<f16>(-1e300).bits == 0xfc00);
  CHECK(convert<f16>(65519.999).bits == 0x7bff);
  CHECK(convert<f16>(65520.0).bits == 0x7c00);
  CHECK(convert<f16>(1e-300).bits == 0);
  CHECK(convert<f16>(-0.0).bits == 0x8000);
  CHECK(std::isnan(convert<double>(convert<f16>(std::nan("")))));
}

TEST_CASE("other types convert as in C++") {
  CHECK(convert<std::int32_t>(f16{0x4248}) == 3);  // 3.140625
  CHECK(convert<f16>(std::int64_t{2049}).bits == convert<f16>(2048.0).bits);
  CHECK(convert<f16>(std::int64_t{2051}).bits == convert<f16>(2052.0).bits);
  CHECK(convert<bf16>(f16{0x3c01}).bits == 0x3f80);
  CHECK(convert<float>(2.9) == 2.9f);
  CHECK(convert<std::uint8_t>(200.7f) == 200);
}
