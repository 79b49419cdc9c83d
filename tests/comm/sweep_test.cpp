// What every call says when the last rank does something else: SWEEP.md, computed anew.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "support/catch.h"
#include "support/quick.h"
#include "sweep.h"

using namespace tutti::test;

namespace {

using Table = std::map<std::string, std::vector<std::string>>;  ///< cells of each column

const std::filesystem::path page = TUTTI_TEST_SWEEP;

const std::vector<sweep::Call>& calls() {
  static const std::vector<sweep::Call> all = [] {
    auto comm = sweep::calls_of_comm();
    for (auto& call : sweep::calls_of_parallel()) comm.push_back(std::move(call));
    return comm;
  }();
  return all;
}

// The limit of all waits while one lives.
class Limit {
 public:
  explicit Limit(const char* seconds) {
    if (const char* found = std::getenv("TUTTI_TIMEOUT")) before_ = found;
    setenv("TUTTI_TIMEOUT", seconds, 1);
  }
  ~Limit() {
    if (before_.empty())
      unsetenv("TUTTI_TIMEOUT");
    else
      setenv("TUTTI_TIMEOUT", before_.c_str(), 1);
  }

 private:
  std::string before_;
};

std::vector<std::string> computed(const sweep::Column& column) {
  const char* some = quick() ? "5" : "2";  // sanitizers take their time
  const Limit limit(column.way == sweep::Way::absent ? "1" : column.to_deadline ? some : "30");
  return sweep::cells(calls(), column);
}

std::vector<std::string> parts_of(const std::string& whole, char separator) {
  std::vector<std::string> parts;
  std::istringstream rest(whole);
  for (std::string part; std::getline(rest, part, separator);) {
    const auto begin = part.find_first_not_of(' '), end = part.find_last_not_of(' ');
    parts.push_back(begin == part.npos ? "" : part.substr(begin, end - begin + 1));
  }
  return parts;
}

// Rows as they stand in SWEEP.md, the first with the columns' names.
std::vector<std::vector<std::string>> rows_of_page() {
  std::ifstream in(page);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("| ") && !line.starts_with("| -"))
      rows.push_back(parts_of(line.substr(1), '|'));
  return rows;
}

std::string numbers_of(const Table& table) {
  int cells = 0, late = 0;
  for (const auto& [column, found] : table)
    for (const std::string& cell : found) {
      cells += cell != "-";
      late += cell.find("deadline") != cell.npos;
    }
  return tutti::text(cells, " cells, of which ", late, " say \"deadline\".");
}

void write_page() {
  Table table;
  for (const sweep::Column& column : sweep::columns()) table[column.name] = computed(column);
  std::ostringstream out;
  std::ifstream in(page);
  for (std::string line; std::getline(in, line) && !line.starts_with("| ");)
    out << (line.find(" cells, of which ") == line.npos ? line : numbers_of(table)) << '\n';
  out << "| call |";
  for (const sweep::Column& column : sweep::columns()) out << ' ' << column.name << " |";
  out << "\n| --- |";
  for (std::size_t i = 0; i < sweep::columns().size(); ++i) out << " --- |";
  for (std::size_t i = 0; i < calls().size(); ++i) {
    out << "\n| " << calls()[i].name << " |";
    for (const sweep::Column& column : sweep::columns())
      out << ' ' << table[column.name][i] << " |";
  }
  in.close();
  std::ofstream(page) << out.str() << '\n';
}

}  // namespace

TEST_CASE("the page of the sweep has a row for each call, and a column for each difference") {
  const auto rows = rows_of_page();
  REQUIRE(rows.size() == calls().size() + 1);
  Table table;
  REQUIRE(rows[0].size() == sweep::columns().size() + 1);
  for (std::size_t column = 0; column < sweep::columns().size(); ++column) {
    CHECK(rows[0][column + 1] == sweep::columns()[column].name);
    for (std::size_t i = 1; i < rows.size(); ++i)
      table[rows[0][column + 1]].push_back(rows[i].at(column + 1));
  }
  for (std::size_t i = 1; i < rows.size(); ++i) CHECK(rows[i][0] == calls()[i - 1].name);
  std::ifstream in(page);
  const std::string all(std::istreambuf_iterator<char>(in), {});
  CHECK_THAT(all, Catch::Contains(numbers_of(table)));
}

TEST_CASE("what ranks do otherwise is named, or changes nothing") {
  if (std::getenv("WRITE_SWEEP")) return write_page();
  const auto rows = rows_of_page();
  for (std::size_t c = 0; c < sweep::columns().size(); ++c) {
    const sweep::Column& column = sweep::columns()[c];
    DYNAMIC_SECTION(column.name) {
      const auto cells = computed(column);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        INFO(calls()[i].name << ": " << column.name);
        const std::string& expected = rows.at(i + 1).at(c + 1);
        if (!quick()) CHECK(cells[i] == expected);
        for (const std::string& outcome : parts_of(cells[i], ','))
          CHECK_THAT(expected, Catch::Contains(outcome));
      }
    }
  }
}
