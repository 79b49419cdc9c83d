#include "tutti/base/half.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "support/catch.h"

using namespace tutti;

namespace {

// A format of 16 bits by its definition, without the library.
struct Format {
  int exponent_bits, mantissa_bits;
  int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  int largest_exponent() const { return (1 << exponent_bits) - 1; }

  double value(unsigned bits) const {
    const double sign = bits >> 15 ? -1 : 1;
    const int exponent = int(bits >> mantissa_bits) & largest_exponent();
    const double mantissa = bits & ((1u << mantissa_bits) - 1);
    if (exponent == largest_exponent())
      return mantissa == 0 ? sign * std::numeric_limits<double>::infinity()
                           : std::numeric_limits<double>::quiet_NaN();
    if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias() - mantissa_bits);
    return sign *
           std::ldexp(mantissa + std::ldexp(1, mantissa_bits), exponent - bias() - mantissa_bits);
  }
};

constexpr Format binary16{5, 10}, bfloat16{8, 7};

Format format_of(f16) {
  return binary16;
}
Format format_of(bf16) {
  return bfloat16;
}

template <class H>
unsigned narrowed(double x) {
  return narrow(static_cast<float>(x), H{}).bits;
}

bool same_bits(float a, float b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

}  // namespace

TEMPLATE_TEST_CASE("every pattern widens to its value and narrows back", "[base]", f16, bf16) {
  const Format format = format_of(TestType{});
  int wrong_values = 0, wrong_patterns = 0, numbers = 0;
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const TestType half{static_cast<std::uint16_t>(bits)};
    const double expected = format.value(bits);
    const float found = widen(half);
    if (std::isnan(expected)) {
      wrong_values += !std::isnan(found) || std::signbit(found) != (bits >> 15 != 0);
      wrong_patterns += !std::isnan(format.value(narrow(found, TestType{}).bits));
      continue;
    }
    ++numbers;
    wrong_values += !same_bits(found, static_cast<float>(expected));
    wrong_patterns += narrow(found, TestType{}).bits != bits;
  }
  CHECK(numbers == 65536 - 2 * ((1 << format.mantissa_bits) - 1));
  CHECK(wrong_values == 0);
  CHECK(wrong_patterns == 0);
}

// Between every two neighbours: a little less and a little more than the middle, and the middle,
// which goes to the even one. Subnormals and the step from the largest to infinity included.
TEMPLATE_TEST_CASE("narrow rounds to nearest, ties to even", "[base]", f16, bf16) {
  const Format format = format_of(TestType{});
  const unsigned infinity = unsigned(format.largest_exponent()) << format.mantissa_bits;
  int wrong = 0;
  for (unsigned sign : {0u, 0x8000u})
    for (unsigned bits = 0; bits < infinity; ++bits) {
      const double low = std::fabs(format.value(bits));
      // Infinity counts as the number that would follow the largest.
      const double high = bits + 1 < infinity ? std::fabs(format.value(bits + 1))
                                              : std::ldexp(1, format.bias() + 1);
      const auto middle = static_cast<float>((low + high) / 2);
      const float below = std::nextafter(middle, 0.0f);
      const float above = std::nextafter(middle, std::numeric_limits<float>::infinity());
      const auto check = [&](float x, unsigned expected) {
        const float with_sign = sign ? -x : x;
        wrong += narrow(with_sign, TestType{}).bits != (expected | sign);
      };
      if (static_cast<double>(middle) != (low + high) / 2) ++wrong;  // each middle is a float
      check(middle, bits + (bits & 1));
      check(below, bits);
      check(above, bits + 1);
    }
  CHECK(wrong == 0);
}

TEST_CASE("narrow at the ends of the range", "[base]") {
  CHECK(narrowed<f16>(65504) == 0x7bff);
  CHECK(narrowed<f16>(65519.99) == 0x7bff);
  CHECK(narrowed<f16>(65520) == 0x7c00);
  CHECK(narrowed<f16>(-1e30) == 0xfc00);
  CHECK(narrowed<f16>(std::ldexp(1, -24)) == 0x0001);  // the smallest subnormal
  CHECK(narrowed<f16>(std::ldexp(1, -25)) == 0x0000);  // a tie with zero
  CHECK(narrowed<f16>(std::ldexp(1.001, -25)) == 0x0001);
  CHECK(narrowed<f16>(std::ldexp(1, -140)) == 0x0000);  // a subnormal float
  CHECK(narrowed<f16>(-0.0) == 0x8000);
  CHECK(narrowed<bf16>(std::numeric_limits<float>::max()) == 0x7f80);
  CHECK(narrowed<bf16>(-0.0) == 0x8000);
  CHECK(narrowed<bf16>(std::ldexp(1, -133)) == 0x0001);
  CHECK(narrowed<bf16>(std::ldexp(1, -134)) == 0x0000);
}

TEMPLATE_TEST_CASE("infinity stays infinity, and every NaN a NaN", "[base]", f16, bf16) {
  const Format format = format_of(TestType{});
  const float infinity = std::numeric_limits<float>::infinity();
  const unsigned expected = unsigned(format.largest_exponent()) << format.mantissa_bits;
  CHECK(narrow(infinity, TestType{}).bits == expected);
  CHECK(narrow(-infinity, TestType{}).bits == (expected | 0x8000));
  // Also those whose bits would all be cut off, or would carry into the sign.
  for (std::uint32_t bits : {0x7f800001u, 0x7fc00000u, 0x7fffffffu, 0xff800001u, 0xffffffffu}) {
    const unsigned found = narrow(std::bit_cast<float>(bits), TestType{}).bits;
    INFO(bits << " became " << found);
    CHECK(std::isnan(format.value(found)));
    CHECK(found >> 15 == bits >> 31);
  }
}
