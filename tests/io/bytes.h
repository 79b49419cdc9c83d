// Files written by hand.
#pragma once

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "support/files.h"

namespace tutti::test {

/// A file that begins with this size of its header.
inline Bytes with_size(std::uint64_t size, const std::string& rest) {
  Bytes out;
  for (int shift = 0; shift < 64; shift += 8)
    out.push_back(static_cast<std::uint8_t>(size >> shift));
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

/// A safetensors file of this header, as it stands, and these bytes of data.
inline Bytes safetensors(const std::string& header, const Bytes& data = {}) {
  Bytes out = with_size(header.size(), header);
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

inline Bytes read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace tutti::test
