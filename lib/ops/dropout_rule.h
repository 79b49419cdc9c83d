// Which draws dropout keeps, alike in every kernel.
#pragma once

#include <cmath>
#include <cstdint>

namespace tutti::launch {

/// word >> 8 >= this asks whether uniform_float(word) >= rate: both sides are scaled exactly.
inline std::uint32_t dropout_threshold(double rate) {
  return static_cast<std::uint32_t>(std::ceil(rate * 0x1p24));
}

}  // namespace tutti::launch
