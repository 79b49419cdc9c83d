#include "tutti/data/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "csv_records.h"
#include "file_bytes.h"

namespace tutti::data {
namespace {

constexpr std::string_view who = "data::read_csv";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::size_t place_of(std::string_view name, const std::vector<std::string>& names,
                     std::string_view name_of_caller) {
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    raise(name_of_caller, ": found no column ", name, ", expected one of: ", listed(names));
  return static_cast<std::size_t>(found - names.begin());
}

// The texts of a column of categories while the rows are read.
class Classes {
 public:
  explicit Classes(const std::vector<std::string>& given) : given_(given) {}

  // What the field counts as; where no texts were given, number() says it at the end.
  double number_of(std::string_view field, const CsvOptions& options, const auto& wrong) {
    const std::string_view name = trimmed(field);
    if (name.empty() && !options.missing)
      wrong("found no value, expected a text; CsvOptions::missing may say what it counts as");
    if (name.empty() && *options.missing >= 0)
      wrong(
          "found no value, expected a text, or a CsvOptions::missing below 0, which is no class's ",
          "number; found ", *options.missing);
    if (given_.empty()) found_.emplace_back(name);
    if (given_.empty() || name.empty()) return options.missing.value_or(0);
    auto place = std::find(given_.begin(), given_.end(), name);
    if (place == given_.end()) wrong("found \"", name, "\", expected one of: ", listed(given_));
    return static_cast<double>(place - given_.begin());
  }

  // Gives the texts that were found their numbers, in `column` of `values`, and gives all texts.
  std::vector<std::string> number(std::vector<double>& values, std::size_t column,
                                  std::size_t columns) const {
    if (!given_.empty()) return given_;
    std::vector<std::string> names = found_;
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (!names.empty() && names[0].empty()) names.erase(names.begin());  // what is missing
    for (std::size_t row = 0; row < found_.size(); ++row)
      if (!found_[row].empty())
        values[row * columns + column] =
            static_cast<double>(std::ranges::lower_bound(names, found_[row]) - names.begin());
    return names;
  }

 private:
  std::vector<std::string> given_, found_;  // found: by row, where none were given
};

// `wrong` raises, and knows line and column.
double number_in(std::string_view field, const CsvOptions& options, const auto& wrong) {
  std::string_view digits = trimmed(field);
  if (digits.empty()) {
    if (options.missing) return *options.missing;
    wrong("found no value, expected a number; CsvOptions::missing may say what it counts as");
  }
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  double value = 0;
  const char* last = digits.data() + digits.size();
  auto [end, error] = std::from_chars(digits.data(), last, value);
  const bool in_range = options.dtype == Dtype::f64 || std::isfinite(static_cast<float>(value));
  if (error == std::errc::invalid_argument || end != last || !std::isfinite(value))
    wrong("found \"", field, "\", expected a finite number; CsvOptions::columns may leave out ",
          "columns that hold none, CsvOptions::categories number their texts");
  if (error != std::errc() || !in_range)
    wrong("found ", field, ", which is out of the range of ", options.dtype);
  return value;
}

std::vector<std::string> names_in(const CsvRecords& records, bool header, const std::string& name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < records.fields().size(); ++i) {
    names.push_back(header ? std::string(trimmed(records.fields()[i])) : std::to_string(i));
    if (std::find(names.begin(), names.end() - 1, names.back()) != names.end() - 1)
      raise(name, ": line ", records.line(), ", column ", i + 1, ": found the name \"",
            names.back(), "\" again, expected each column's once");
  }
  return names;
}

}  // namespace

const std::vector<std::string>& Table::classes(std::string_view column) const {
  place_of(column, columns, "data::Table");
  auto found = categories.find(std::string(column));
  if (found == categories.end())
    raise("data::Table: found column ", column,
          " read as numbers, expected one of CsvOptions::categories");
  return found->second;
}

Tensor Table::column(std::string_view name) const {
  return values.select(1, static_cast<std::int64_t>(place_of(name, columns, "data::Table")));
}

Table read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  if (options.dtype != Dtype::f32 && options.dtype != Dtype::f64)
    raise(who, ": found dtype ", options.dtype, ", expected f32 or f64; convert with to(Dtype)");
  if (options.separator == '"' || options.separator == '\n' || options.separator == '\r')
    raise(who, ": found a quote or a line end as separator, expected another character");
  const std::string name = text(who, ": ", path.string());
  const Bytes bytes = read_file(path, who);
  std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (all.starts_with("\xef\xbb\xbf")) all.remove_prefix(3);

  CsvRecords records(all, options.separator, name);
  bool more = records.next();
  if (!more) raise(name, ": found nothing, expected ", options.header ? "a header" : "rows");
  const std::vector<std::string> names = names_in(records, options.header, name);
  Table table{options.columns.empty() ? names : options.columns, {}, {}};
  std::vector<std::size_t> places;
  for (const std::string& column : table.columns) places.push_back(place_of(column, names, name));
  for (const auto& [column, given] : options.categories) {
    place_of(column, table.columns, name);
    if (std::set<std::string>(given.begin(), given.end()).size() != given.size())
      raise(name, ": found a text of column ", column, " twice in CsvOptions::categories");
  }
  std::map<std::size_t, Classes> classes;  // by number among table.columns
  for (std::size_t i = 0; i < places.size(); ++i)
    if (auto given = options.categories.find(table.columns[i]); given != options.categories.end())
      classes.emplace(i, given->second);
  if (options.header) more = records.next();

  std::vector<double> values;
  for (; more; more = records.next()) {
    const auto& fields = records.fields();
    if (fields.size() != names.size())
      raise(name, ": line ", records.line(), ": found ", counted(fields.size(), "field"),
            ", expected ", names.size(), ": ", listed(names));
    for (std::size_t i = 0; i < places.size(); ++i) {
      const std::size_t place = places[i];
      const auto wrong = [&](const auto&... what) {
        raise(name, ": line ", records.line(), ", column ", place + 1, " (", names[place],
              "): ", what...);
      };
      auto texts = classes.find(i);
      values.push_back(texts == classes.end()
                           ? number_in(fields[place], options, wrong)
                           : texts->second.number_of(fields[place], options, wrong));
    }
  }
  if (values.empty()) raise(name, ": found no rows after the header, expected one or more");
  for (const auto& [i, texts] : classes)
    table.categories[table.columns[i]] = texts.number(values, i, places.size());
  const auto columns = static_cast<std::int64_t>(places.size());
  const auto rows = static_cast<std::int64_t>(values.size()) / columns;
  table.values = Tensor::from(values, {rows, columns}).to(options.dtype);
  return table;
}

}  // namespace tutti::data
