#include "byte_alphabet.h"

#include "unicode_classes.h"

namespace tutti::data {
namespace {

constexpr bool stands_for_itself(int byte) {
  return (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte != 0xad);
}

struct Tables {
  std::array<std::uint8_t, 256> order{};
  std::array<std::uint16_t, 256> character_of{};
  std::array<std::int16_t, 512> byte_of{};  // -1 for a character that stands for none
};

constexpr Tables tables = [] {
  Tables out;
  out.byte_of.fill(-1);
  std::uint16_t next = 256;
  std::size_t place = 0;
  for (bool itself : {true, false}) {
    for (int byte = 0; byte < 256; ++byte) {
      if (stands_for_itself(byte) != itself) continue;
      const std::uint16_t character = itself ? static_cast<std::uint16_t>(byte) : next++;
      out.order[place++] = static_cast<std::uint8_t>(byte);
      out.character_of[static_cast<std::size_t>(byte)] = character;
      out.byte_of[character] = static_cast<std::int16_t>(byte);
    }
  }
  return out;
}();

}  // namespace

const std::array<std::uint8_t, 256>& alphabet() {
  return tables.order;
}

std::string printable(std::string_view bytes) {
  std::string out;
  for (char c : bytes) {
    const unsigned character = tables.character_of[static_cast<std::uint8_t>(c)];
    if (character < 0x80) {
      out += static_cast<char>(character);
    } else {
      out += static_cast<char>(0xc0 | character >> 6);
      out += static_cast<char>(0x80 | (character & 0x3f));
    }
  }
  return out;
}

std::optional<std::string> bytes_of_printable(std::string_view characters) {
  std::string out;
  for (std::size_t at = 0; at < characters.size();) {
    const CodePoint next = code_point_at(characters, at);
    if (next.bytes == 0 || next.value >= tables.byte_of.size()) return {};
    const int byte = tables.byte_of[next.value];
    if (byte < 0) return {};
    out += static_cast<char>(byte);
    at += next.bytes;
  }
  return out;
}

}  // namespace tutti::data
