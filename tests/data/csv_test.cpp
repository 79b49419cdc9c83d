#include "tutti/data/csv.h"

#include <cmath>
#include <iomanip>
#include <limits>
#include <sstream>

#include "support/catch.h"
#include "support/files.h"

using namespace tutti;
using namespace tutti::test;
using data::CsvOptions;
using data::read_csv;
using data::Table;

namespace {

using Values = std::vector<double>;

struct File {
  TemporaryDirectory directory;
  std::filesystem::path path = directory / "t.csv";

  Table read(const std::string& text, const CsvOptions& options = {}) const {
    write(path, Bytes(text.begin(), text.end()));
    return read_csv(path, options);
  }
  Values values(const std::string& text, CsvOptions options = {}) const {
    options.dtype = Dtype::f64;
    return read(text, options).values.to_vector<double>();
  }
  // What comes after the file's name.
  std::string error(const std::string& text, const CsvOptions& options = {}) const {
    std::string message = error_of([&] { read(text, options); });
    std::string start = "data::read_csv: " + path.string() + ": ";
    CHECK(message.starts_with(start));
    return message.substr(std::min(start.size(), message.size()));
  }
};

}  // namespace

TEST_CASE("a table's columns are read by name", "[data]") {
  File file;
  std::string text = "day,temperature,pressure\nMon,1.5,-2\nTue,+3,4e2\nWed, 0.25\t,.5\n";
  Table table = file.read(text, {.columns = {"pressure", "temperature"}});
  CHECK(table.columns == std::vector<std::string>{"pressure", "temperature"});
  CHECK(table.values.dtype() == Dtype::f32);
  CHECK(table.values.shape() == Shape{3, 2});
  CHECK(table.rows() == 3);
  CHECK(table.values.to_vector<float>() == std::vector<float>{-2, 1.5f, 400, 3, 0.5f, 0.25f});
  CHECK(table.column("temperature").to_vector<float>() == std::vector<float>{1.5f, 3, 0.25f});
  CHECK(contains(error_of([&] { table.column("day"); }),
                 "data::Table: found no column day, expected one of: pressure, temperature"));
  CHECK(file.read(text, {.columns = {"pressure", "pressure"}}).values.size(1) == 2);
}

TEST_CASE("a table may have other separators, line ends and no header", "[data]") {
  File file;
  Values four{1, 2, 3, 4};
  CHECK(file.values("a,b\n1,2\n3,4") == four);
  CHECK(file.values("a,b\r\n1,2\r\n3,4\r\n") == four);
  CHECK(file.values("\xef\xbb\xbf"
                    "a,b\n1,2\n3,4\n\n\r\n\n",
                    {.columns = {"a", "b"}}) == four);
  CHECK(file.values("a;b\n1;2\n3;4\n", {.separator = ';'}) == four);
  CHECK(file.values("a\tb\n1\t2\n3\t4\n", {.separator = '\t'}) == four);
  CHECK(file.values("1,2\n3,4\n", {.header = false}) == four);
  CHECK(file.values("1,2\n3,4\n", {.columns = {"1"}, .header = false}) == Values{2, 4});
  CHECK(file.values("\"a\",\"b\"\n\"1\",2\n3,\"4\"\n") == four);
  CHECK(file.values(" a , b \n1,2\n3,4\n", {.columns = {"a", "b"}}) == four);
}

TEST_CASE("quotes hold separators, line ends and quotes", "[data]") {
  File file;
  Table table = file.read("\"x, \"\"y\"\"\",note,\"z\nz\"\n1,\"a,\"\"\n\r\n,\",2\r\n3,,4\n",
                          {.columns = {"z\nz", "x, \"y\""}});
  CHECK(table.values.to_vector<float>() == std::vector<float>{2, 1, 4, 3});
}

TEST_CASE("every number comes back as it was written", "[data]") {
  File file;
  Values expected{0.1, -1e-300, 1.7976931348623157e308, 123456789012345678.0, 5e-324, -0.0};
  std::ostringstream text;
  text << "x\n" << std::setprecision(17);
  for (double x : expected) text << x << "\n";
  Values found = file.values(text.str());
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == expected[i]);
  CHECK(std::signbit(found.back()));
}

TEST_CASE("a missing field is what the options say", "[data]") {
  File file;
  CHECK(file.values("a,b\n1,\n , 2\n", {.missing = -1}) == Values{1, -1, -1, 2});
  Table table = file.read("a,b\n1,\n", {.missing = std::numeric_limits<double>::quiet_NaN()});
  CHECK(std::isnan(table.values.to_vector<float>()[1]));
  CHECK(file.error("a,b\n1,2\n3,\n") ==
        "line 3, column 2 (b): found no value, expected a number; CsvOptions::missing may say what "
        "it counts as");
  CHECK(contains(file.error("a,b\n1,2\n3\n"), "line 3: found 1 field, expected 2: a, b"));
  CHECK(contains(file.error("a,b\n1,2\n\n3,4\n"), "line 3: found 1 field, expected 2"));
  CHECK(contains(file.error("a,b\n1,2\n3,4,\n"), "line 3: found 3 fields, expected 2"));
}

TEST_CASE("texts count as their places among the classes", "[data]") {
  using Texts = std::vector<std::string>;
  File file;
  const std::string train =
      "size,species,colour\n1, wolf ,red\n2,bear,blue\n3,\"wolf\",red\n4,Elk,\n";
  Table table = file.read(train, {.missing = -1, .categories = {{"species", {}}, {"colour", {}}}});
  CHECK(table.classes("species") == Texts{"Elk", "bear", "wolf"});
  CHECK(table.classes("colour") == Texts{"blue", "red"});
  CHECK(table.values.to_vector<float>() == std::vector<float>{1, 2, 1, 2, 1, 0, 3, 2, 1, 4, 0, -1});
  CHECK(table.column("species").to(Dtype::i64).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{2, 1, 2, 0});
  // Another file, with fewer texts, another order of columns and one column twice.
  const Table test =
      file.read("species,size\nwolf,5\n", {.columns = {"size", "species", "species"},
                                           .categories = {{"species", table.classes("species")}}});
  CHECK(test.values.to_vector<float>() == std::vector<float>{5, 2, 2});
  CHECK(test.classes("species") == table.classes("species"));
  CHECK(file.values("a,b\nx,1\nw,2\n", {.columns = {"a", "b", "a"}, .categories = {{"a", {}}}}) ==
        Values{1, 1, 1, 0, 2, 0});
  CHECK(file.read("b\na\n", {.header = false, .categories = {{"0", {}}}}).classes("0") ==
        Texts{"a", "b"});

  const CsvOptions given{.categories = {{"species", {"wolf", "bear"}}}};
  CHECK(file.error("size,species\n1,bear\n2,elk\n", given) ==
        "line 3, column 2 (species): found \"elk\", expected one of: wolf, bear");
  CHECK(file.error("size,species\n1,\n", given) ==
        "line 2, column 2 (species): found no value, expected a text; CsvOptions::missing may say "
        "what it counts as");
  CHECK(contains(file.error("size,species\n1, \n", {.categories = {{"species", {}}}}),
                 "line 2, column 2 (species): found no value"));
  CHECK(contains(file.error("size,species\n1, \n", {.missing = 0, .categories = {{"species", {}}}}),
                 "or a CsvOptions::missing below 0, which is no class's number; found 0"));
  CHECK(file.error("size\n1\n", given) == "found no column species, expected one of: size");
  CHECK(file.error("size,species\n1,bear\n",
                   {.columns = {"size"}, .categories = {{"species", {}}}}) ==
        "found no column species, expected one of: size");
  CHECK(file.error("a\nb\n", {.categories = {{"a", {"b", "b"}}}}) ==
        "found a text of column a twice in CsvOptions::categories");
  CHECK(contains(error_of([&] { table.classes("size"); }),
                 "data::Table: found column size read as numbers"));
  CHECK(contains(error_of([&] { table.classes("day"); }), "data::Table: found no column day"));
}

TEST_CASE("a table says what is no number, with line and column", "[data]") {
  File file;
  CHECK(file.error("day,x\n\"a\nb\",1\nc,two\n", {.columns = {"x"}}) ==
        "line 4, column 2 (x): found \"two\", expected a finite number; CsvOptions::columns may "
        "leave out columns that hold none, CsvOptions::categories number their texts");
  for (std::string bad : {"1x", "0x10", "1 2", "nan", "inf", "-inf", "NA", "--1", "+-1", "1e", "e5",
                          "1.2.3", "\xff", "-", "+"})
    CHECK(
        contains(file.error("a\n0\n" + bad + "\n"), "line 3, column 1 (a): found \"" + bad + "\""));
  CHECK(
      contains(file.error("a\n1e999\n"), "line 2, column 1 (a): found 1e999, which is out of the"));
  CHECK(contains(file.error("a\n1e39\n"), "found 1e39, which is out of the range of f32"));
  CHECK(file.values("a\n1e39\n") == Values{1e39});
  CHECK(contains(file.error("a\n1,5\n"), "line 2: found 2 fields, expected 1: a"));
}

TEST_CASE("a table says what is wrong with quotes and headers", "[data]") {
  File file;
  CHECK(contains(file.error("a,b\n1,\"2\n3,4\n"), "line 2, column 2: found no closing quote"));
  CHECK(
      contains(file.error("a,b\n1,\"2\"3\n"), "line 2, column 2: found \"3\" after a field's clo"));
  CHECK(contains(file.error("a,b\n1,2\"\n"), "line 2, column 2: found a quote within a field"));
  CHECK(contains(file.error("a,b, a\n1,2,3\n"), "line 1, column 3: found the name \"a\" again"));
  CHECK(file.error("a,b\n1,2\n", {.columns = {"a", "c"}}) ==
        "found no column c, expected one of: a, b");
  CHECK(file.error("") == "found nothing, expected a header");
  CHECK(file.error("\n\r\n", {.header = false}) == "found nothing, expected rows");
  CHECK(file.error("a,b\n\n") == "found no rows after the header, expected one or more");
  CHECK(contains(error_of([&] { file.read("a\n1\n", {.dtype = Dtype::i64}); }), "found dtype i64"));
  CHECK(contains(error_of([&] { file.read("a\n1\n", {.separator = '"'}); }), "as separator"));
  std::filesystem::remove(file.path);
  CHECK(contains(error_of([&] { read_csv(file.path); }),
                 "data::read_csv: cannot read " + file.path.string() + " (No such file"));
}
