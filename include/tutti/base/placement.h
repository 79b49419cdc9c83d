// Which shards of a step a rank computes.
#pragma once

#include <cstdint>

namespace tutti {

/// Of S shards over P ranks, rank r has
enum class Placement : std::uint8_t {
  consecutive,  ///< [r*S/P, (r+1)*S/P): they are added at home, one all-reduce a step
  strided,      ///< r, r+P, r+2P, ...: each joins its neighbours' at once; P a power of two
};

}  // namespace tutti
