#include "words.h"

#include "unicode_classes.h"

namespace tutti::data {

std::string_view Words::next() {
  if (text_.empty()) return {};
  if (text_[0] == '\'')
    for (std::string_view ending : {"s", "t", "re", "ve", "m", "ll", "d"})
      if (text_.substr(1).starts_with(ending)) return take(1 + ending.size());
  const std::size_t body = text_[0] == ' ';
  if (body == text_.size()) return take_space();
  const CharacterClass kind = class_of(code_point_at(text_, body).value);
  if (kind == CharacterClass::space) return take_space();
  std::size_t end = body;
  while (end < text_.size()) {
    const CodePoint next = code_point_at(text_, end);
    if (class_of(next.value) != kind) break;
    end += next.bytes;
  }
  return take(end);
}

std::string_view Words::take(std::size_t end) {
  std::string_view word = text_.substr(0, end);
  text_.remove_prefix(end);
  return word;
}

// The last white space before a word stays for that word, or by itself.
std::string_view Words::take_space() {
  std::size_t end = 0, last = 0;
  while (end < text_.size()) {
    const CodePoint next = code_point_at(text_, end);
    if (class_of(next.value) != CharacterClass::space) break;
    last = end;
    end += next.bytes;
  }
  return take(end == text_.size() || last == 0 ? end : last);
}

}  // namespace tutti::data
