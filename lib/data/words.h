// A text's words, as GPT-2 cuts it.
#pragma once

#include <cstddef>
#include <string_view>

namespace tutti::data {

/// The matches, one after the other, of
///   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
/// which together are the whole text. It must be UTF-8. The text must outlive this.
/// Source: Radford et al.: "Language models are unsupervised multitask learners", 2019, encoder.py.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  /// The next word; empty at the end of the text.
  std::string_view next();

 private:
  std::string_view take(std::size_t end);
  std::string_view take_space();

  std::string_view text_;  // what is left
};

}  // namespace tutti::data
