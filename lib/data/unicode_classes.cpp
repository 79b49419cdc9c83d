#include "unicode_classes.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "tutti/base/error.h"

namespace tutti::data {
namespace {

// From `first` on, up to the next run.
struct Run {
  std::uint32_t first;
  CharacterClass kind;
};

constexpr CharacterClass L = CharacterClass::letter, N = CharacterClass::number,
                         S = CharacterClass::space, O = CharacterClass::other;
constexpr Run runs[] = {
#include "unicode_classes.inc"
};

constexpr CharacterClass search(std::uint32_t code) {
  auto after = std::upper_bound(std::begin(runs), std::end(runs), code,
                                [](std::uint32_t x, const Run& run) { return x < run.first; });
  return std::prev(after)->kind;
}

constexpr auto ascii = [] {
  std::array<CharacterClass, 128> kinds{};
  for (std::uint32_t code = 0; code < kinds.size(); ++code) kinds[code] = search(code);
  return kinds;
}();

// The bytes of a character beyond ASCII that begins with this one; 0 where none does.
std::uint32_t bytes_after(std::uint32_t lead) {
  if (lead < 0xc2 || lead >= 0xf5) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

bool continues(std::uint32_t byte) {
  return (byte & 0xc0) == 0x80;
}

// What is wrong with the byte at `at`, where code_point_at found no character.
std::string fault_at(std::string_view all, std::size_t at) {
  auto byte = [&](std::size_t i) { return int{static_cast<std::uint8_t>(all[i])}; };
  const std::uint32_t bytes = bytes_after(static_cast<std::uint32_t>(byte(at)));
  if (bytes == 0) return "where no UTF-8 character begins; convert the text to UTF-8";
  std::size_t end = at + 1;
  while (end < at + bytes && end < all.size() && continues(static_cast<std::uint32_t>(byte(end))))
    ++end;
  if (end == at + bytes)
    return "with which UTF-8 begins no character of the bytes that follow; convert the text to "
           "UTF-8";
  if (end == all.size())
    return text("a UTF-8 character of ", bytes, " bytes that is cut: the text ends after ",
                counted(static_cast<long long>(end - at), "byte"), " of it");
  return text("a UTF-8 character of ", bytes, " bytes that byte ", byte(end), " at offset ", end,
              " does not continue; convert the text to UTF-8");
}

}  // namespace

CharacterClass class_of(std::uint32_t code) {
  return code < ascii.size() ? ascii[code] : search(code);
}

CodePoint code_point_at(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint32_t lead = byte(at);
  if (lead < 0x80) return {lead, 1};
  const std::uint32_t bytes = bytes_after(lead);
  if (bytes == 0 || text.size() - at < bytes) return {0, 0};
  std::uint32_t value = lead & (0x7fu >> bytes);
  for (std::uint32_t i = 1; i < bytes; ++i) {
    if (!continues(byte(at + i))) return {0, 0};
    value = value << 6 | (byte(at + i) & 0x3f);
  }
  const bool too_long = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (too_long || surrogate || value > 0x10ffff) return {0, 0};
  return {value, bytes};
}

void require_utf8(std::string_view text, std::string_view who) {
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t bytes = code_point_at(text, at).bytes;
    if (bytes == 0)
      raise(who, ": found byte ", int{static_cast<std::uint8_t>(text[at])}, " at offset ", at, ", ",
            fault_at(text, at));
    at += bytes;
  }
}

}  // namespace tutti::data
