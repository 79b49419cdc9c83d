// Elements as plain bits, for what moves them and computes nothing.
#pragma once

#include "tutti/base/dtype.h"

namespace tutti {

/// Calls f.template operator()<T>() with the unsigned integer that is as large as `dtype`.
template <class F>
decltype(auto) visit_bits(Dtype dtype, F&& f) {
  switch (size_of(dtype)) {
    case 1:
      return f.template operator()<std::uint8_t>();
    case 2:
      return f.template operator()<std::uint16_t>();
    case 4:
      return f.template operator()<std::uint32_t>();
    default:
      return f.template operator()<std::uint64_t>();
  }
}

}  // namespace tutti
