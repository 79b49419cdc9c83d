#include "state_metadata.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "shown_name.h"

namespace tutti::io {
namespace {

constexpr std::string_view integer_kind = "integer.", number_kind = "number.", text_kind = "text.",
                           bytes_kind = "bytes.", nan_text = "nan(";

template <class T, class... Format>
std::string digits_of(T value, Format... format) {
  std::array<char, 64> digits;
  return {digits.data(), std::to_chars(digits.begin(), digits.end(), value, format...).ptr};
}

// All of `digits` as a T; nothing where they are none, or none that T holds.
template <class T, class... Format>
std::optional<T> value_of(std::string_view digits, Format... format) {
  T value{};
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, value, format...);
  if (error != std::errc{} || at != end) return std::nullopt;
  return value;
}

std::string written(double value) {
  if (!std::isnan(value)) return digits_of(value);
  return text(nan_text, digits_of(std::bit_cast<std::uint64_t>(value), 16), ')');
}

std::optional<double> read_number(std::string_view digits) {
  if (!digits.starts_with(nan_text)) return value_of<double>(digits);
  if (!digits.ends_with(')')) return std::nullopt;
  digits = digits.substr(nan_text.size(), digits.size() - nan_text.size() - 1);
  const auto bits = value_of<std::uint64_t>(digits, 16);
  return bits ? std::optional(std::bit_cast<double>(*bits)) : std::nullopt;
}

std::string hexadecimal(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::optional<std::string> read_bytes(std::string_view digits) {
  std::string out;
  if (digits.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto byte = value_of<unsigned char>(digits.substr(i, 2), 16);
    if (!byte) return std::nullopt;
    out += static_cast<char>(*byte);
  }
  return out;
}

}  // namespace

std::optional<std::string> json_text(const std::string& value) {
  try {
    return nlohmann::json(value).dump();
  } catch (const nlohmann::json::type_error&) {
    return std::nullopt;
  }
}

std::pair<std::string, std::string> to_metadata(const StateDict::Entry& entry) {
  const auto& [name, value] = entry;
  auto keyed = [&name](std::string_view kind, std::string shown) {
    return std::pair(text(metadata_prefix, kind, name), std::move(shown));
  };
  if (const auto* integer = std::get_if<std::int64_t>(&value))
    return keyed(integer_kind, digits_of(*integer));
  if (const auto* number = std::get_if<double>(&value)) return keyed(number_kind, written(*number));
  const auto& words = std::get<std::string>(value);
  if (json_text(words)) return keyed(text_kind, words);
  return keyed(bytes_kind, hexadecimal(words));
}

std::optional<StateDict::Entry> from_metadata(const std::string& key, const std::string& value,
                                              const std::string& who) {
  if (!key.starts_with(metadata_prefix)) return std::nullopt;
  const std::string_view rest = std::string_view(key).substr(metadata_prefix.size());
  auto entry = [&](std::string_view kind, auto parsed) -> StateDict::Entry {
    if (!parsed || rest.size() == kind.size())
      raise(who, ": found ", shown_name(value), " as ", shown_name(key),
            " in the metadata, expected what io::save writes there");
    return {std::string(rest.substr(kind.size())), *std::move(parsed)};
  };
  if (rest.starts_with(integer_kind)) return entry(integer_kind, value_of<std::int64_t>(value));
  if (rest.starts_with(number_kind)) return entry(number_kind, read_number(value));
  if (rest.starts_with(text_kind)) return entry(text_kind, std::optional(value));
  if (rest.starts_with(bytes_kind)) return entry(bytes_kind, read_bytes(value));
  raise(who, ": found the key ", shown_name(key),
        " in the metadata, expected an integer, a number, text or bytes after \"", metadata_prefix,
        "\"; was it written by a newer version?");
}

}  // namespace tutti::io
