// The inputs of the golden numbers beside this file.
#pragma once

#include <cstdint>

namespace golden {

/// Element `i`, counted in C order, of the array with this number: from -0.5 to 0.5, no two equal
/// among 997 in a row (5 and 996 have no common factor). generate.py has the same formula.
constexpr double value(std::int64_t array, std::int64_t i) {
  const std::int64_t n = (i + 271 * array) % 997;
  return static_cast<double>(n * n * n * n * n % 997 - 498) / 996;
}

}  // namespace golden
