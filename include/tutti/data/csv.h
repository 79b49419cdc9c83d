// Tables of numbers in text files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/tensor/tensor.h"

namespace tutti::data {

struct CsvOptions {
  std::vector<std::string> columns{};  ///< which, in this order; all where empty
  char separator = ',';
  bool header = true;  ///< the first line names the columns; else they are "0", "1", ...
  std::optional<double>
      missing{};             ///< what an empty field counts as; where not given, it is an Error
  Dtype dtype = Dtype::f32;  ///< or f64
};

/// Rows of numbers and the names of their columns.
struct Table {
  std::vector<std::string> columns;
  Tensor values;  ///< [rows, columns]

  std::int64_t rows() const { return values.size(0); }
  /// The values of a column, [rows]; a view. Error listing the columns where there is none of this
  /// name.
  Tensor column(std::string_view name) const;
};

/// Reads the named columns of a CSV file; the other columns may hold anything. A field between
/// quotes may hold separators, line ends and, doubled, quotes. Lines end with LF or CRLF; empty
/// lines at the end are passed over, and so is a mark of UTF-8 at the beginning. A number is finite
/// and in decimal notation, whatever the locale; spaces around it do not count.
///
///   auto [names, values] = data::read_csv("weather.csv", {.columns = {"temperature",
///   "pressure"}});
///
/// Error naming file, line and column for a field that is no number, missing or not closed, for a
/// row of another number of fields, and for columns that are not there or have one name. Source of
/// the format: RFC 4180.
Table read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace tutti::data
