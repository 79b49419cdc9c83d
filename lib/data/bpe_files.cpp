#include <algorithm>
#include <nlohmann/json.hpp>

#include "bpe_state.h"
#include "byte_alphabet.h"
#include "file_bytes.h"
#include "tutti/base/error.h"

namespace tutti::data {
namespace {

using Json = nlohmann::json;
using Numbers = std::unordered_map<std::string_view, std::uint32_t>;

constexpr std::string_view who = "data::Bpe";
constexpr std::string_view first_line = "#version: 0.2";

std::string text_of(const std::filesystem::path& path) {
  Bytes bytes = read_file(path, who);
  return {bytes.begin(), bytes.end()};
}

std::vector<std::string> read_vocabulary(const std::filesystem::path& path) {
  Json found;
  try {
    found = Json::parse(text_of(path));
  } catch (const Json::parse_error& error) {
    raise(who, ": ", path.string(), ": found no JSON at byte ", error.byte,
          ", expected an object of tokens and their numbers");
  } catch (const Json::exception& error) {  // a number that no double holds
    raise(who, ": ", path.string(), ": found JSON that cannot be kept (", error.what(),
          "), expected an object of tokens and their numbers");
  }
  if (!found.is_object())
    raise(who, ": ", path.string(), ": found ", found.type_name(),
          ", expected an object of tokens and their numbers");
  std::vector<std::string> tokens(found.size());
  std::vector<bool> taken(found.size());
  for (const auto& [characters, number] : found.items()) {
    if (!number.is_number_integer() || number < 0 || number >= tokens.size())
      raise(who, ": ", path.string(), ": found number ", number.dump(), " of token \"", characters,
            "\", expected 0 to ", tokens.size() - 1, ": there are ", tokens.size(), " tokens");
    auto place = number.get<std::size_t>();
    if (taken[place])
      raise(who, ": ", path.string(), ": found number ", place, " again, of token \"", characters,
            "\", expected each number once");
    auto bytes = bytes_of_printable(characters);
    if (!bytes || bytes->empty())
      raise(who, ": ", path.string(), ": found token \"", characters, "\" (number ", place,
            "), expected one character or more, all of which stand for a byte");
    taken[place] = true;
    tokens[place] = std::move(*bytes);
  }
  return tokens;
}

TokenPair parse_merge(std::string_view line, const Numbers& numbers, const auto& wrong,
                      std::uint32_t& joined) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos)
    wrong("found \"", line, "\", expected two tokens with a space between them");
  auto number = [&](std::string_view characters, std::string& bytes) {
    bytes = bytes_of_printable(characters).value_or("");
    auto place = numbers.find(bytes);
    if (place == numbers.end())
      wrong("found \"", characters, "\", which is no token of the vocabulary");
    return place->second;
  };
  std::string left, right, both;
  TokenPair pair{number(line.substr(0, space), left), number(line.substr(space + 1), right)};
  joined = number(printable(left + right), both);
  return pair;
}

}  // namespace

Bpe Bpe::from_files(const std::filesystem::path& vocabulary, const std::filesystem::path& merges) {
  BpeState state;
  state.tokens = read_vocabulary(vocabulary);
  Numbers numbers;
  for (std::size_t i = 0; i < state.tokens.size(); ++i)
    numbers.emplace(state.tokens[i], static_cast<std::uint32_t>(i));
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    auto found = numbers.find({&c, 1});
    if (found == numbers.end())
      raise(who, ": ", vocabulary.string(), ": found no token for byte ", byte, " (\"",
            printable({&c, 1}), "\"), expected one for each byte");
    state.token_of_byte[byte] = found->second;
  }
  if (auto found = numbers.find(end_of_text_name); found != numbers.end())
    state.end_of_text = found->second;

  const std::string lines = text_of(merges);
  std::size_t line_number = 0;
  auto wrong = [&](const auto&... what) {
    raise(who, ": ", merges.string(), ": line ", line_number, ": ", what...);
  };
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string_view line = std::string_view(lines).substr(at, end - at);
    at = end + 1;
    if (++line_number == 1 && line.starts_with("#version")) continue;
    std::uint32_t joined = 0;
    const TokenPair pair = parse_merge(line, numbers, wrong, joined);
    if (!state.add_merge(pair, joined)) wrong("found \"", line, "\" again, expected it once");
  }
  return Bpe(std::make_shared<const BpeState>(std::move(state)));
}

void Bpe::save(const std::filesystem::path& vocabulary, const std::filesystem::path& merges) const {
  std::string tokens;
  for (std::size_t i = 0; i < state_->tokens.size(); ++i)
    tokens += (i ? ", " : "{") + Json(printable(state_->tokens[i])).dump(-1, ' ', true) + ": " +
              std::to_string(i);
  write_file(vocabulary, {tokens, "}"}, "data::Bpe::save");
  std::string lines = std::string(first_line) + '\n';
  for (auto [left, right] : state_->merges)
    lines += printable(state_->tokens[left]) + ' ' + printable(state_->tokens[right]) + '\n';
  write_file(merges, {lines}, "data::Bpe::save");
}

}  // namespace tutti::data
