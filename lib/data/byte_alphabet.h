// Bytes as characters that can be printed, in GPT-2's files.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tutti::data {

/// All bytes in the order of the characters that stand for them, as GPT-2 numbers them: first the
/// printable ones of Latin-1, which stand for themselves, then the rest, for which characters 256,
/// 257, ... stand. Source: encoder.py of GPT-2, bytes_to_unicode.
const std::array<std::uint8_t, 256>& alphabet();

/// The characters for `bytes`, in UTF-8.
std::string printable(std::string_view bytes);
/// The bytes that these characters stand for; nothing where one of them stands for none, or where
/// they are no UTF-8.
std::optional<std::string> bytes_of_printable(std::string_view characters);

}  // namespace tutti::data
