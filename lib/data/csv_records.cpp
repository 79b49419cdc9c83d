#include "csv_records.h"

#include <algorithm>

#include "tutti/base/error.h"

namespace tutti::data {

template <class... Parts>
void CsvRecords::wrong(std::int64_t line, const Parts&... what) const {
  raise(who_, ": line ", line, ", column ", fields_.size(), ": ", what...);
}

bool CsvRecords::next() {
  fields_.clear();
  first_line_ = line_;
  if (text_.find_first_not_of("\r\n") == std::string_view::npos) return false;
  while (read_field()) continue;
  return true;
}

// Is there another in this record?
bool CsvRecords::read_field() {
  std::string& field = fields_.emplace_back();
  const char ends[] = {separator_, '\n'};
  const std::string_view end_marks(ends, sizeof ends);
  if (text_.starts_with('"')) read_quoted(field);
  std::size_t end = std::min(text_.find_first_of(end_marks), text_.size());
  const bool more = end < text_.size() && text_[end] == separator_;
  std::string_view rest = text_.substr(0, end);
  if (!more && rest.ends_with('\r')) rest.remove_suffix(1);
  if (rest.find('"') != std::string_view::npos)
    wrong(line_,
          "found a quote within a field, expected quotes around the whole field, where they ",
          "are doubled");
  if (!rest.empty() && quoted_)
    wrong(line_, "found \"", rest, "\" after a field's closing quote, expected the field's end");
  quoted_ = false;
  field += rest;
  line_ += !more;
  text_.remove_prefix(std::min(end + 1, text_.size()));
  return more;
}

void CsvRecords::read_quoted(std::string& field) {
  const std::int64_t line = line_;
  quoted_ = true;
  while (true) {
    const std::size_t end = text_.find('"', 1);
    if (end == std::string_view::npos)
      wrong(line, "found no closing quote of the field, expected one");
    const std::string_view part = text_.substr(1, end - 1);
    line_ += std::count(part.begin(), part.end(), '\n');
    field += part;
    text_.remove_prefix(end + 1);
    if (!text_.starts_with('"')) return;
    field += '"';
  }
}

}  // namespace tutti::data
