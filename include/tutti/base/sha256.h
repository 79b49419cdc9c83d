// SHA-256, to compare what ranks hold by 32 bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tutti {

/// Source: FIPS 180-4, Secure Hash Standard, section 6.2.
class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  void update(const void* data, std::size_t bytes);
  /// The digest of all bytes so far; this object must not be updated afterwards.
  Digest finish();

 private:
  void compress(const std::uint8_t* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> pending_{};
  std::uint64_t bytes_ = 0;
};

/// The digest in lower-case hexadecimal.
std::string hex(const Sha256::Digest& digest);

}  // namespace tutti
