// What is written, byte for byte, and that it comes back.
#include "tutti/io/safetensors.h"

#include <bit>
#include <cmath>
#include <limits>
#include <locale>

#include "bytes.h"
#include "support/catch.h"
#include "tutti/io/safetensors_file.h"

using namespace tutti;
using namespace tutti::test;

namespace {

const std::vector<Dtype> all_dtypes{Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16,
                                    Dtype::i32, Dtype::i64, Dtype::u8};

// Values that all dtypes hold.
Tensor numbers(const Shape& shape, Dtype dtype) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < shape.count(); ++i) values.push_back(static_cast<float>(i % 97));
  return Tensor::from(values, shape).to(dtype);
}

Bytes bytes_of(const Tensor& tensor) {
  const Tensor dense = tensor.contiguous();
  const auto* first = static_cast<const std::uint8_t*>(dense.raw());
  return {first, first + static_cast<std::size_t>(dense.count()) * size_of(dense.dtype())};
}

void require_same(const StateDict& found, const StateDict& expected) {
  REQUIRE(found.size() == expected.size());
  for (const auto& [name, value] : expected) {
    INFO(name);
    if (const auto* tensor = std::get_if<Tensor>(&value)) {
      const auto& other = found.at<Tensor>(name);
      REQUIRE(other.dtype() == tensor->dtype());
      REQUIRE(other.shape() == tensor->shape());
      REQUIRE(bytes_of(other) == bytes_of(*tensor));
    } else if (const auto* number = std::get_if<double>(&value)) {
      REQUIRE(std::bit_cast<std::uint64_t>(found.at<double>(name)) ==
              std::bit_cast<std::uint64_t>(*number));
    } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      REQUIRE(found.at<std::int64_t>(name) == *integer);
    } else {
      REQUIRE(found.at<std::string>(name) == std::get<std::string>(value));
    }
  }
}

std::vector<std::string> names_of(const StateDict& state) {
  std::vector<std::string> names;
  for (const auto& [name, value] : state) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("a file has the bytes that the format asks for") {
  TemporaryDirectory folder;
  StateDict state;
  state.set("b", Tensor::from(std::vector<float>{1, -2}, {2}));
  state.set("step", 12);
  state.set("a", Tensor::from(std::vector<std::uint8_t>{7, 8, 9}, {3, 1}));
  state.set("e", Tensor::zeros({0, 4}, Dtype::f16));
  state.set("s", Tensor::from(std::vector<std::int64_t>{-2}, {}));
  io::save(folder / "x.safetensors", state, {.metadata = {{"by", "h\"and\n"}}});
  // Elements of 8 bytes first, then those of 4, 2 and 1; names in the state's order; the header
  // ends in spaces, at a multiple of 8.
  const std::string header = R"({"__metadata__":{"by":"h\"and\n","tutti.integer.step":"12"},)"
                             R"("b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},)"
                             R"("a":{"dtype":"U8","shape":[3,1],"data_offsets":[16,19]},)"
                             R"("e":{"dtype":"F16","shape":[0,4],"data_offsets":[16,16]},)"
                             R"("s":{"dtype":"I64","shape":[],"data_offsets":[0,8]}})";
  REQUIRE(header.size() % 8 != 0);
  const Bytes data{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  // s
                   0,    0,    0x80, 0x3f, 0,    0,    0,    0xc0,  // b
                   7,    8,    9};
  const std::string spaces(8 - header.size() % 8, ' ');
  CHECK(read(folder / "x.safetensors") == safetensors(header + spaces, data));

  io::save(folder / "empty", {});
  CHECK(read(folder / "empty") == safetensors("{}      "));
  CHECK(io::load(folder / "empty").empty());
}

TEST_CASE("tensors of every dtype come back, in their order") {
  TemporaryDirectory folder;
  const auto path = folder / "all";
  StateDict state;
  for (const Shape& shape : std::vector<Shape>{{}, {1}, {3, 5}, {0}, {7, 0, 2}, {2, 1, 3, 1, 2}})
    for (Dtype dtype : all_dtypes) state.set(text(dtype, shape), numbers(shape, dtype));
  state.set("transposed", numbers({3, 5}, Dtype::bf16).transpose());
  state.set("expanded", numbers({3, 1}, Dtype::f64).expand({2, 3, 4}));
  state.set("part", numbers({9, 3}, Dtype::i32).slice(0, 2, 7).slice(1, 1, 2));
  state.set("no number", Tensor::full({3}, std::numeric_limits<double>::quiet_NaN()));
  state.set("a long name \xc3\xa9 \" \\ \t \x01 " + std::string(300, 'x'), numbers({1}, Dtype::u8));
  io::save(path, state);
  const StateDict loaded = io::load(path);
  require_same(loaded, state);
  CHECK(names_of(loaded) == names_of(state));
  // What was loaded may be saved over itself: the bytes are the same.
  const Bytes before = read(path);
  io::save(path, loaded);
  CHECK(read(path) == before);
  require_same(loaded, state);
}

TEST_CASE("integers, numbers and texts come back bit by bit") {
  TemporaryDirectory folder;
  const auto path = folder / "values";
  using Integers = std::numeric_limits<std::int64_t>;
  using Numbers = std::numeric_limits<double>;
  StateDict state;
  int n = 0;
  auto add = [&](StateDict::Value value) { state.set(text("a.b", n++), std::move(value)); };
  for (std::int64_t x : {std::int64_t{0}, std::int64_t{-1}, Integers::max(), Integers::min()})
    add(x);
  for (double x :
       {0.0, -0.0, 0.1, 1e-3, 1.0, 1e300, -1.0 / 3, Numbers::max(), Numbers::min(),
        Numbers::denorm_min(), Numbers::infinity(), -Numbers::infinity(), Numbers::quiet_NaN(),
        -Numbers::quiet_NaN(), std::bit_cast<double>(0x7ff8000000000123), std::nextafter(0.1, 1)})
    add(x);
  for (const std::string& x :
       {std::string(), std::string("words"), std::string("\xe2\x82\xac\n\"\\/ \x01\0\x7f", 10),
        std::string("\xff\xfe\0\x80", 4), std::string("\xc3"), std::string(1000, 'y')})
    add(x);
  io::save(path, state, {.metadata = {{"format", "pt"}, {"", ""}}});
  const StateDict loaded = io::load(path);
  require_same(loaded, state);
  CHECK(names_of(loaded) == names_of(state));
  const io::SafetensorsFile file(path);
  CHECK(file.metadata() == std::map<std::string, std::string>{{"", ""}, {"format", "pt"}});
  CHECK(file.entries().empty());
}

TEST_CASE("a program that writes numbers in its own way writes the same file") {
  struct Grouped : std::numpunct<char> {
    std::string do_grouping() const override { return "\1"; }
    char do_thousands_sep() const override { return ','; }
    char do_decimal_point() const override { return ';'; }
  };
  TemporaryDirectory folder;
  StateDict state;
  state.set("x", Tensor::full({120, 13}, 2));
  state.set("lr", 1234.5);
  io::save(folder / "x", state);
  const std::locale before = std::locale::global({std::locale::classic(), new Grouped});
  const std::string error = error_of([&] {
    io::save(folder / "y", state);
    require_same(io::load(folder / "x"), state);
  });
  std::locale::global(before);
  CHECK(error.empty());
  CHECK(read(folder / "y") == read(folder / "x"));
}

TEST_CASE("what the format cannot hold is named, and nothing is written") {
  TemporaryDirectory folder;
  auto saving = [&](const std::string& name, StateDict::Value value,
                    const io::SaveOptions& options = {}) {
    StateDict state;
    state.set("good", 1);
    state.set(name, std::move(value));
    return error_of([&] { io::save(folder / "x", state, options); });
  };
  CHECK(contains(saving("__metadata__", numbers({1}, Dtype::f32)),
                 "io::save: found a tensor named __metadata__"));
  CHECK(contains(saving("\xff\n", numbers({1}, Dtype::f32)),
                 "found the name \"\xff?\", expected text in UTF-8; rename it"));
  CHECK(contains(saving("a\xe9", 1), "found the name \"tutti.integer.a\xe9\""));
  CHECK(contains(saving("a", 1, {.metadata = {{"k", "\x80"}}}), "found in the metadata \"\x80\""));
  CHECK(contains(saving("a", 1, {.metadata = {{"tutti.x", ""}}}),
                 "found the key \"tutti.x\" in the metadata, expected one that does not begin"));
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK(saving("__metadata__", 1).empty());  // no tensor
}
