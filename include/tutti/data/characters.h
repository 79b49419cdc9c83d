// A text as numbers, a character each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tutti::data {

/// A text and its vocabulary: the sorted set of its characters, of which each is numbered by its
/// place there. A character is a byte, so one of UTF-8 beyond ASCII is several. A shared handle,
/// cheap to copy.
class Characters {
 public:
  /// `name` is what errors call it. Error for an empty text.
  explicit Characters(std::string_view text, std::string name = "the text");
  /// All of a file. Error naming the file for one that cannot be read or is empty.
  static Characters from_file(const std::filesystem::path& path);

  /// In ascending order of bytes; at most 256.
  const std::string& vocabulary() const { return state_->vocabulary; }
  const std::string& name() const { return state_->name; }
  /// The whole text, a number in [0, vocabulary().size()) each. Valid while a handle lives.
  std::span<const std::uint8_t> tokens() const { return state_->tokens; }

  /// The numbers of a text's characters. Error for one that is not in the vocabulary.
  std::vector<std::int64_t> encode(std::string_view text) const;
  /// The text of these numbers. Error for one outside [0, vocabulary().size()).
  std::string decode(std::span<const std::int64_t> tokens) const;

 private:
  struct State {
    std::string name;
    std::string vocabulary;
    std::vector<std::uint8_t> tokens;
  };
  std::shared_ptr<const State> state_;
};

}  // namespace tutti::data
