// Files that are cut, damaged or made to do harm.
#include <fstream>

#include "bytes.h"
#include "io/safetensors_header.h"
#include "support/catch.h"
#include "tutti/io/safetensors.h"
#include "tutti/io/safetensors_file.h"

using namespace tutti;
using namespace tutti::test;

namespace {

const std::string who = "io::SafetensorsFile: file";

// Reads the header from memory of just this size, where a sanitizer sees a step beyond it.
std::string reading(const Bytes& file) {
  const std::vector<std::uint8_t> exact(file);
  const std::span<const std::uint8_t> bytes(exact);
  return error_of([&] { io::read_header(std::as_bytes(bytes), who); });
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return text('"', name, R"(":{"dtype":")", dtype, R"(","shape":[)", shape, R"(],"data_offsets":[)",
              offsets, "]}");
}

std::string header(std::initializer_list<std::string> parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "{" : ",") + part;
  return out + "}";
}

Bytes example() {
  TemporaryDirectory folder;
  StateDict state;
  state.set("w", Tensor::full({2, 3}, 1.5));
  state.set("n", Tensor::full({}, 3, Dtype::i64));
  state.set("e", Tensor::zeros({0}, Dtype::u8));
  state.set("b", Tensor::full({3}, 7, Dtype::u8));
  state.set("lr", 0.1);
  io::save(folder / "x", state, {.metadata = {{"k", "v"}}});
  return read(folder / "x");
}

}  // namespace

TEST_CASE("a file that is cut anywhere is refused, and so is one that goes on") {
  TemporaryDirectory folder;
  const auto path = folder / "x";
  const Bytes whole = example();
  REQUIRE(reading(whole) == "");
  write(path, whole);
  for (std::size_t size = whole.size(); size-- > 0;) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    INFO("cut at byte " << size);
    CHECK(contains(reading(part), "cut"));
    std::filesystem::resize_file(path, size);
    CHECK(contains(error_of([&] { io::load(path); }), "io::SafetensorsFile: " + path.string()));
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK(reading(longer) == who + text(": found 1 trailing bytes at byte ", whole.size(),
                                      ", which belong to no tensor"));
}

TEST_CASE("a file with any bit turned over is refused by name or read") {
  TemporaryDirectory folder;
  const auto path = folder / "x";
  const Bytes whole = example();
  const std::size_t data = whole.size() - 35;  // 8 + 24 + 3 bytes of elements
  write(path, whole);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  auto put = [&file](std::size_t place, std::uint8_t byte) {
    file.seekp(static_cast<std::streamoff>(place)).put(static_cast<char>(byte)).flush();
  };
  int refused = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    INFO("bit " << bit % 8 << " of byte " << bit / 8);
    const std::string header_error = reading(flipped);
    if (bit / 8 < 8 || bit / 8 >= data) CHECK(header_error.empty() == (bit / 8 >= data));
    put(bit / 8, flipped[bit / 8]);
    const std::string error = error_of([&] {
      for (const auto& [name, value] : io::load(path))
        if (const auto* tensor = std::get_if<Tensor>(&value)) tensor->clone();
    });
    if (!header_error.empty()) CHECK(!error.empty());
    if (!error.empty()) CHECK(contains(error, path.string()));
    refused += !error.empty();
    put(bit / 8, whole[bit / 8]);
  }
  CHECK(refused > static_cast<int>(4 * data));  // most of the header's bits matter
}

TEST_CASE("headers made to do harm are refused") {
  const Bytes eight(8);
  const std::string x = entry("x", "F32", "1", "0,4");
  const std::string max = "18446744073709551615", half = "9223372036854775808";
  struct Case {
    std::string header;
    Bytes data;
    std::string error;
  };
  const std::vector<Case> cases{
      // Places.
      {header({x, entry("y", "U8", "2", "6,8")}), eight,
       "found a hole at byte 118: 2 bytes before tensor \"y\""},
      {header({entry("x", "F32", "1", "4,8")}), eight, "found a hole at byte 62: 4 bytes"},
      {header({x, entry("y", "F32", "1", "2,6"), entry("z", "U8", "2", "6,8")}), eight,
       "found an overlap at byte 169: tensor \"y\" begins before tensor \"x\" ends"},
      {header({x, entry("y", "F32", "1", "0,4")}), Bytes(4), "found an overlap"},
      {header({entry("x", "F32", "2", "0,8"), entry("y", "U8", "0", "5,5")}), eight, "overlap"},
      {header({x}), eight, "found 4 trailing bytes at byte 66, which belong to no tensor"},
      {"{}", {0}, "found 1 trailing bytes at byte 10"},
      {header({x}), Bytes(3),
       "tensor \"x\": found data_offsets up to 4, expected at most 3: it ends beyond"},
      {header({entry("x", "F32", "1", "4,0")}), eight,
       "found data_offsets from 4 to 0, which is less"},
      {header({entry("x", "U8", half, "0," + half)}), eight, "found the extent " + half},
      {header({entry("x", "U8", max, "1," + max)}), eight, "found the extent " + max},
      {header({entry("x", "U8", "1", max + ",0")}), eight, "which is less"},
      {header({entry("x", "U8", "1", "0,18446744073709551616")}), eight,
       "found 18446744073709551616"},
      {header({entry("x", "U8", "1", "0,1e0")}), Bytes(1), "found 1e0, expected two numbers"},
      {header({entry("x", "U8", "1", "-1,0")}), Bytes(1), "found -1, expected two numbers"},
      {header({entry("x", "U8", "1", "0")}), Bytes(1), "found less than two data_offsets"},
      {header({entry("x", "U8", "1", "")}), Bytes(1), "found less than two data_offsets"},
      {header({entry("x", "U8", "1", "0,1,1")}), Bytes(1), "found 1, expected two numbers"},
      // Shapes.
      {header({entry("x", "F32", "3", "0,8")}), eight,
       "tensor \"x\": found 8 bytes for F32 [3], expected 12"},
      {header({entry("x", "F32", "-1", "0,8")}), eight, "found -1, expected up to eight numbers"},
      {header({entry("x", "F32", "-0", "0,0")}), {}, "found 0, expected up to eight numbers"},
      {header({entry("x", "F32", "2.0", "0,8")}), eight, "found 2.0, expected up to eight numbers"},
      {header({entry("x", "F32", "[2]", "0,8")}), eight, "found a list, expected up to eight"},
      {header({entry("x", "F32", "\"2\"", "0,8")}), eight, "found \"2\", expected up to eight"},
      {header({entry("x", "U8", "1,1,1,1,1,1,1,1,1", "0,1")}), Bytes(1), "more than 8 extents"},
      // 2^32 * 2^32 and 2^61 * 8 are 0 in 64 bits; strides of an empty tensor could overflow, too.
      {header({entry("x", "U8", "4294967296,4294967296", "0,0")}), {}, "found 0 bytes for U8"},
      {header({entry("x", "F64", "2305843009213693952", "0,0")}), {}, "found 0 bytes for F64"},
      {header({entry("x", "F64", "0,4294967296,4294967296", "0,0")}), {}, "found 0 bytes for F64"},
      {header({entry("x", "F4", "3", "0,2")}), Bytes(2), "expected a whole number of them"},
      {header({entry("x", "F31", "1", "0,4")}), Bytes(4), "found the dtype \"F31\", which is none"},
      {header({entry("x", "f32", "1", "0,4")}), Bytes(4), "found the dtype \"f32\""},
      {header({entry("x", "U8", "1", "0," + std::string(1000, '9'))}), eight, "found no JSON"},
      {header({entry("x", "U8", "1", "0," + std::string(100, '9'))}), eight, "found 9999999999"},
      // Names.
      {header({x, x}), Bytes(4), "found the key \"x\" twice"},
      {header({x, entry("\\u0078", "U8", "0", "4,4")}), Bytes(4), "found the key \"x\" twice"},
      {header({R"("__metadata__":{})", R"("__metadata__":{})"}), {}, "\"__metadata__\" twice"},
      {header({R"("__metadata__":{"a":"","b":"","a":""})"}), {}, "found the key \"a\" twice"},
      {R"({"x":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
       {},
       "\"dtype\" twice"},
      {R"({"x":{"dtype":"U8","shape":[0]}})", {}, "tensor \"x\": found no data_offsets"},
      {R"({"x":{}})", {}, "tensor \"x\": found no dtype"},
      {R"({"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"more":{}}})",
       {},
       "found the key \"more\""},
      // Forms.
      {R"({"__metadata__":{"a":1}})", {}, "found 1 as \"a\", expected a text"},
      {R"({"__metadata__":{"a":{"b":"c"}}})", {}, "found an object as \"a\", expected a text"},
      {R"({"__metadata__":["a"]})", {}, "found a list as \"__metadata__\""},
      {R"({"__metadata__":null})", {}, "found null as \"__metadata__\""},
      {R"({"x":[0]})", {}, "found a list as \"x\", expected an object for each tensor"},
      {R"({"x":true})", {}, "found true as \"x\""},
      {R"({"x":{"dtype":5}})", {}, "found 5 as dtype, expected a text"},
      {R"({"x":{"dtype":["U8"]}})", {}, "found a list as dtype"},
      {R"({"x":{"shape":{}}})", {}, "found an object as shape, expected a list of numbers"},
      {R"({"x":{"shape":null}})", {}, "found null as shape"},
      {"{\"x\":{\"shape\":" + std::string(100000, '['), {}, "found a list, expected up to eight"},
      {"{\"x\":" + std::string(100000, '['), {}, "found a list as \"x\""},
      {"{\"x\":{\"x\":{\"x\":{", {}, "found the key \"x\", expected dtype"},
      {"[]", {}, "found no header that begins with '{' at byte 8"},
      {" {}", {}, "found no header that begins with '{' at byte 8"},
      {"", {}, "found no header that begins with '{' at byte 8"},
      {"{}{}", {}, "found no JSON before byte 11"},
      {"{},", {}, "found no JSON before byte 11"},
      {std::string("{}\0\0", 4), {}, "found a zero at byte 10"},
      {"{\"a", {}, "found no JSON before byte 12 (invalid string: missing closing quote)"},
      {"{'a':1}", {}, "found no JSON"},
      {"{/**/}", {}, "found no JSON"},
      {"{\"x\":01}", {}, "found"},
      {"{\"x\":NaN}", {}, "found no JSON"},
      {header({x + ","}), Bytes(4), "found no JSON"},
      {"{\"\xff\":1}", {}, "found no JSON before byte 11 (invalid string: ill-formed UTF-8 byte)"},
      {"{\"\xc0\x80\":1}", {}, "ill-formed UTF-8 byte"},
      {"{\"\xed\xa0\x80\":1}", {}, "ill-formed UTF-8 byte"},
      {"{\"\xf4\x90\x80\x80\":1}", {}, "ill-formed UTF-8 byte"},
      {"{\"\\ud800\":1}", {}, "found no JSON"},
      {"{\"a\nb\":1}", {}, "found no JSON"},
      {header({entry("x\\n" + std::string(500, 'y'), "U8", "1", "0,2")}), Bytes(2),
       "tensor \"x?" + std::string(98, 'y') + "...\": found 2 bytes"},
  };
  for (const Case& one : cases) {
    INFO(one.header.substr(0, 200));
    const std::string error = reading(safetensors(one.header, one.data));
    CHECK_THAT(error, Catch::Contains(one.error));
    CHECK(error.starts_with(who));
    CHECK(error.size() < 400);
  }
}

TEST_CASE("no size is believed") {
  const std::string small = "{}";
  CHECK(reading(with_size(2, small)) == "");
  CHECK(contains(reading(with_size(3, small)),
                 "found a header of 3 bytes at byte 0, expected at most the 2 that follow"));
  CHECK(contains(reading(with_size(100'000'000, small)), "expected at most the 2 that follow"));
  for (std::uint64_t size : {std::uint64_t{100'000'001}, ~std::uint64_t{0}, std::uint64_t{1} << 63})
    CHECK(
        contains(reading(with_size(size, small)),
                 text("found a header of ", size, " bytes at byte 0, expected at most 100000000")));
}

TEST_CASE("a header of 100 MB is looked at, one of a byte more is not") {
  TemporaryDirectory folder;
  const auto path = folder / "x";
  for (std::uint64_t size : {100'000'000, 100'000'001}) {
    write(path, with_size(size, "{}"));
    std::filesystem::resize_file(path, 8 + size);  // zeros, which take no room on disk
    const std::string error = error_of([&] { io::load(path); });
    CHECK(contains(error, size == 100'000'000 ? "found a zero at byte 10, expected JSON up to byte"
                                              : "found a header of 100000001 bytes at byte 0"));
  }
}
