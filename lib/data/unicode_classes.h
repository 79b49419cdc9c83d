// What a tokenizer asks of a text's characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tutti::data {

enum class CharacterClass : std::uint8_t { letter, number, space, other };

/// A character and the bytes that it takes in UTF-8.
struct CodePoint {
  std::uint32_t value;
  std::uint32_t bytes;  ///< 0 where UTF-8 does not allow what was found
};

/// The character whose bytes begin at `at`, which is below text.size(). Shortest forms alone, no
/// surrogates, at most 0x10ffff. Source: RFC 3629.
CodePoint code_point_at(std::string_view text, std::size_t at);

/// General categories L and N, and White_Space, of Unicode 16.
CharacterClass class_of(std::uint32_t code);

/// Error naming `who`, the byte and its offset for a text that is not UTF-8.
void require_utf8(std::string_view text, std::string_view who);

}  // namespace tutti::data
