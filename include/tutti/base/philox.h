// Counter-based random numbers: the same bits on every device, in any order, from any rank.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "tutti/base/config.h"

namespace tutti {

/// Philox4x32-10: maps a 128-bit counter and a 64-bit key to 128 random bits.
/// Source: Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
class Philox {
 public:
  using Words = std::array<std::uint32_t, 4>;

  TUTTI_HD constexpr explicit Philox(std::uint64_t key) : key_(key) {}

  TUTTI_HD constexpr Words operator()(Words c) const {
    std::uint32_t k0 = static_cast<std::uint32_t>(key_);
    std::uint32_t k1 = static_cast<std::uint32_t>(key_ >> 32);
    for (int round = 0; round < 10; ++round) {
      std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c[0];
      std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c[2];
      c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
           static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    return c;
  }

  /// Four random words for (stream, offset): disjoint for different pairs.
  TUTTI_HD constexpr Words at(std::uint64_t stream, std::uint64_t offset) const {
    return (*this)({static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(offset >> 32),
                    static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)});
  }

 private:
  std::uint64_t key_;
};

/// What addresses the numbers of one call: element i draws word i % 4 of
/// Philox(key).at(stream, i / 4).
struct RandomDraw {
  std::uint64_t key, stream;
};

/// A float in [0, 1) from the word's upper 24 bits.
TUTTI_HD constexpr float uniform_float(std::uint32_t word) {
  return static_cast<float>(word >> 8) * 0x1p-24f;
}

/// A stream number from a name. FNV-1a, 64 bits (Fowler, Noll, Vo).
constexpr std::uint64_t stream_of(std::string_view name,
                                  std::uint64_t start = 0xcbf29ce484222325u) {
  for (char c : name) start = (start ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return start;
}

}  // namespace tutti
