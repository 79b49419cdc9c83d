// Tables of numbers and of class names in text files.
#pragma once

#include <filesystem>
#include <map>
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
  /// Columns that hold texts, as names of classes: a text counts as its place among these. Where
  /// none are given here, they are what the file has, sorted by bytes; a second file takes the
  /// classes() of the first, so that its texts get the same numbers.
  std::map<std::string, std::vector<std::string>> categories{};
};

/// Rows of numbers and the names of their columns.
struct Table {
  std::vector<std::string> columns;
  Tensor values;                                                 ///< [rows, columns]
  std::map<std::string, std::vector<std::string>> categories{};  ///< the texts, by number

  /// The texts of a column of categories: number i stands for the i-th. Error for another column.
  const std::vector<std::string>& classes(std::string_view column) const;
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
///   data::Table weather = data::read_csv("weather.csv", {.columns = {"wind", "pressure"}});
///   data::Table train = data::read_csv("train.csv", {.categories = {{"species", {}}}});
///   Tensor labels = train.column("species").to(Dtype::i64);
///   data::Table test = data::read_csv("test.csv",
///                                     {.categories = {{"species", train.classes("species")}}});
///
/// Spaces around a text do not count either. Error naming file, line and column for a field that is
/// no number or none of the given texts, missing or not closed, for a row of another number of
/// fields, and for columns that are not there or have one name. Source of the format: RFC 4180.
Table read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace tutti::data
