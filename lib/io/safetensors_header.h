// The header of a safetensors file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tutti/io/safetensors_file.h"

namespace tutti::io {

/// A header longer than this is refused.
inline constexpr std::uint64_t most_header_bytes = 100'000'000;

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;
  std::map<std::string, std::size_t, std::less<>> index;  ///< of entries, by name
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// Reads and checks all that `file`, the whole file, says of itself. Error beginning with `who`.
SafetensorsHeader read_header(std::span<const std::byte> file, const std::string& who);

/// The JSON alone, `size` bytes from offset 8 on: names, and what can be said of one tensor alone
/// (its offsets become places in the file).
SafetensorsHeader parse_header(std::span<const std::byte> file, std::uint64_t size,
                               const std::string& who);

/// Error unless the tensors are all of the bytes from `begin` to `end`, without overlap.
void require_no_gaps(const SafetensorsHeader& header, std::uint64_t begin, std::uint64_t end,
                     const std::string& who);

}  // namespace tutti::io
