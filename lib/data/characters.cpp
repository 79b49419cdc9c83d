#include "tutti/data/characters.h"

#include <algorithm>
#include <array>

#include "file_bytes.h"
#include "tutti/base/error.h"

namespace tutti::data {
namespace {

constexpr std::string_view who = "data::Characters";

std::uint8_t byte_of(char c) {
  return static_cast<std::uint8_t>(c);
}

}  // namespace

Characters::Characters(std::string_view text, std::string name) {
  if (text.empty()) raise(who, ": found ", name, " empty, expected one character or more");
  std::array<bool, 256> occurs{};
  for (char c : text) occurs[byte_of(c)] = true;
  State state{std::move(name), {}, {}};
  std::array<std::uint8_t, 256> number{};
  for (std::size_t byte = 0; byte < occurs.size(); ++byte) {
    if (!occurs[byte]) continue;
    number[byte] = static_cast<std::uint8_t>(state.vocabulary.size());
    state.vocabulary += static_cast<char>(byte);
  }
  state.tokens.resize(text.size());
  std::transform(text.begin(), text.end(), state.tokens.begin(),
                 [&](char c) { return number[byte_of(c)]; });
  state_ = std::make_shared<const State>(std::move(state));
}

Characters Characters::from_file(const std::filesystem::path& path) {
  Bytes bytes = read_file(path, who);
  return Characters({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

std::vector<std::int64_t> Characters::encode(std::string_view text) const {
  std::vector<std::int64_t> tokens;
  tokens.reserve(text.size());
  const std::string& all = vocabulary();
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::size_t number = all.find(text[i]);
    if (number == std::string::npos)
      raise(who, "::encode: found byte ", int{byte_of(text[i])}, " at offset ", i,
            ", expected one of the ", all.size(), " characters of ", name());
    tokens.push_back(static_cast<std::int64_t>(number));
  }
  return tokens;
}

std::string Characters::decode(std::span<const std::int64_t> tokens) const {
  std::string out;
  out.reserve(tokens.size());
  for (std::int64_t token : tokens) {
    if (token < 0 || token >= static_cast<std::int64_t>(vocabulary().size()))
      raise(who, "::decode: found token ", token, ", expected 0 to ", vocabulary().size() - 1);
    out += vocabulary()[static_cast<std::size_t>(token)];
  }
  return out;
}

}  // namespace tutti::data
