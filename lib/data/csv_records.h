// The fields of a CSV file's lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tutti::data {

/// Goes through a text record by record. Both strings must outlive it.
class CsvRecords {
 public:
  /// Errors begin with `who`.
  CsvRecords(std::string_view text, char separator, std::string_view who)
      : text_(text), separator_(separator), who_(who) {}

  /// Reads the next record; false at the end. Error with line and column for quotes that do not
  /// fit.
  bool next();

  const std::vector<std::string>& fields() const { return fields_; }  ///< of the record
  std::int64_t line() const { return first_line_; }                   ///< where it begins, from 1

 private:
  bool read_field();
  void read_quoted(std::string& field);
  template <class... Parts>
  [[noreturn]] void wrong(std::int64_t line, const Parts&... what) const;

  std::string_view text_;  // what is left
  char separator_;
  std::string_view who_;
  std::vector<std::string> fields_;
  std::int64_t first_line_ = 0;
  std::int64_t line_ = 1;
  bool quoted_ = false;  // the field that is being read
};

}  // namespace tutti::data
