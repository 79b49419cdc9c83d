#include "tutti/data/npy.h"

#include <fstream>
#include <iterator>

#include "support/catch.h"
#include "support/files.h"
#include "support/golden.h"

using namespace tutti;
using namespace tutti::test;
using data::load_npy;
using data::save_npy;

namespace {

Bytes bytes_of_hex(const std::string& hex) {
  Bytes out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return out;
}

Bytes contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Dtype dtype_of_descr(const std::string& descr) {
  if (descr == "<f2") return Dtype::f16;
  if (descr == "<f4") return Dtype::f32;
  if (descr == "<f8") return Dtype::f64;
  if (descr == "<i4") return Dtype::i32;
  return descr == "<i8" ? Dtype::i64 : Dtype::u8;
}

// A file with this dictionary, of format 1.0, and as many bytes of zeros.
Bytes file_with(const std::string& dictionary, std::size_t bytes, char version = 1) {
  std::string out = "\x93NUMPY";
  out += {version, 0, static_cast<char>(dictionary.size() + 1), 0};
  if (version > 1) out += {0, 0};
  out += dictionary + '\n' + std::string(bytes, '\0');
  return {out.begin(), out.end()};
}

struct File {
  TemporaryDirectory directory;
  std::filesystem::path path = directory / "a.npy";

  std::string error(const Bytes& bytes) const {
    write(path, bytes);
    return error_of([&] { load_npy(path); });
  }
  std::string error(const std::string& dictionary, std::size_t bytes = 0) const {
    std::string message = error(file_with(dictionary, bytes));
    std::string start = "data::load_npy: " + path.string() + ": ";
    CHECK(message.starts_with(start));
    return message.substr(start.size());
  }
};

}  // namespace

TEST_CASE("NumPy's files are read and written as NumPy does", "[data]") {
  File file;
  int cases = 0;
  for (const std::string& name : Golden::names("npy")) {
    Golden golden("npy", name);
    if (!golden.has("values")) continue;
    CAPTURE(name);
    ++cases;
    std::string descr = golden.text("descr");
    Tensor expected = golden.tensor("values");
    for (const char* form : {"file", "fortran", "version 2", "version 3"}) {
      if (!golden.has(form)) continue;
      CAPTURE(form);
      write(file.path, bytes_of_hex(golden.text(form)));
      Tensor found = load_npy(file.path);
      CHECK(found.is_dense());
      CHECK(found.dtype() == dtype_of_descr(descr));
      REQUIRE(found.shape() == expected.shape());
      CHECK(found.to(Dtype::f64).to_vector<double>() ==
            expected.to(Dtype::f64).to_vector<double>());
    }
    if (descr == "|b1") continue;  // written as u8
    Tensor tensor = expected.to(dtype_of_descr(descr));
    save_npy(file.path, tensor);
    CHECK((contents(file.path) == bytes_of_hex(golden.text("file"))));
    if (tensor.rank() == 3) {
      save_npy(file.path, tensor.permute({2, 1, 0}));  // a view
      CHECK(load_npy(file.path).to(Dtype::f64).to_vector<double>() ==
            tensor.permute({2, 1, 0}).to(Dtype::f64).to_vector<double>());
    }
  }
  CHECK(cases == 36);
}

TEST_CASE("a .npy that is cut at any byte, or too long, is refused", "[data]") {
  File file;
  for (std::string name : {"<f4 [2, 3]", "|b1 []", "<i8 [0, 4]", "<f8 [3]"})
    for (std::string form : {"file", "version 3"}) {
      Golden golden("npy", name);
      if (!golden.has(form)) continue;
      Bytes whole = bytes_of_hex(golden.text(form));
      write(file.path, whole);
      for (std::size_t length = whole.size(); length-- > 0;) {
        CAPTURE(name, form, length);
        std::filesystem::resize_file(file.path, length);
        std::string message = error_of([&] { load_npy(file.path); });
        REQUIRE(message.starts_with("data::load_npy: " + file.path.string()));
        REQUIRE(contains(message, text(": truncated at byte ", length)));
        if (name != "<f4 [2, 3]" || length + 24 < whole.size()) continue;
        REQUIRE(
            contains(message, text(": found ", length + 24 - whole.size(), " bytes of elements")));
        REQUIRE(contains(message, "expected 24 bytes (6 elements of 4): shape [2, 3]"));
      }
      whole.push_back(0);
      REQUIRE(
          contains(file.error(whole), text("byte ", whole.size() - 1, ": found 1 bytes after")));
    }
}

TEST_CASE("a .npy with any other byte in its header is refused or read whole", "[data]") {
  File file;
  Bytes whole = bytes_of_hex(Golden("npy", "<f4 [2, 3]").text("file"));
  int refused = 0;
  for (std::size_t at = 0; at < 80; ++at)
    for (int bit : {0, 3, 6}) {
      Bytes changed = whole;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ 1 << bit);
      std::string message = file.error(changed);
      CAPTURE(at, bit, message);
      if (message.empty())
        CHECK(load_npy(file.path).block().bytes() == 24);
      else
        CHECK(message.starts_with("data::load_npy: " + file.path.string() + ": "));
      refused += !message.empty();
    }
  CHECK(refused > 200);
}

TEST_CASE("a .npy's dictionary is read as Python would", "[data]") {
  File file;
  auto shape_of = [&](const std::string& dictionary, std::size_t bytes, char version = 1) {
    CHECK(file.error(file_with(dictionary, bytes, version)) == "");
    return load_npy(file.path).shape();
  };
  CHECK(shape_of("{'shape': (2,), 'descr': '<f4', 'fortran_order': True}", 8) == Shape{2});
  CHECK(shape_of("{\"descr\":\"|u1\",\"shape\":(2,3,),\"fortran_order\":False,}", 6) ==
        Shape{2, 3});
  CHECK(shape_of(" {'descr': '<i4', 'fortran_order': False, 'shape': ()}  ", 4, 3) == Shape{});
}

TEST_CASE("a .npy says what is wrong with its header, and at which byte", "[data]") {
  File file;
  const std::string start = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
  CHECK(contains(file.error(start + "(2)}"), "byte 62: found no comma after an extent"));
  CHECK(contains(file.error(start + "(2 3)}"), "byte 63: found no comma after an extent"));
  CHECK(
      contains(file.error(start + "(-1,)}"), "byte 61: found no extent, expected a whole number"));
  CHECK(
      contains(file.error(start + "(99999999999999999999,)}"), "byte 61: found an extent beyond"));
  CHECK(contains(file.error(start + "(4294967296, 4294967296)}"),
                 "byte 73: found extent 4294967296, with which the elements cannot be counted"));
  CHECK(contains(file.error(start + "(4611686018427387904,)}"), "truncated at byte"));
  CHECK(contains(file.error(start + "[2]}"), "byte 60: found no ( of the dictionary"));
  CHECK(contains(file.error(start + "(2,)"), "found no comma or brace"));
  CHECK(contains(file.error(start + "(2,)} x"), "byte 66: found more after the dictionary"));
  CHECK(
      contains(file.error(start + "(2,), 'shape': (2,)}"), "byte 66: found key 'shape', expected"));
  CHECK(contains(file.error(start + "(2,), 'colour': 1}"), "byte 66: found key 'colour'"));
  CHECK(contains(file.error("{'descr': '<f4', 'shape': (2,)}"),
                 "found no fortran_order in the dict"));
  CHECK(contains(file.error("{'descr': '<f4', 'fortran_order': 0}"),
                 "byte 44: found no truth value"));
  CHECK(contains(file.error("{'descr': <f4}"), "byte 20: found no quoted string"));
  CHECK(contains(file.error("{'descr': '<f4}"), "byte 20: found no end of the string"));
  CHECK(contains(file.error(""), "found no { of the dictionary"));
  auto golden_error = [&](const std::string& name) {
    return file.error(bytes_of_hex(Golden("npy", name).text("file")));
  };
  CHECK(contains(golden_error("big-endian"),
                 "byte 20: found dtype '>f4' (big-endian), expected <f2"));
  CHECK(contains(golden_error("structured"), "byte 20: found a structured dtype"));
  CHECK(contains(golden_error("unsigned"), "byte 20: found dtype '<u4', expected <f2"));
  CHECK(contains(golden_error("nine axes"), "found more than 8 axes"));

  CHECK(contains(file.error(Bytes(100, 'x')), "byte 0: found no \\x93NUMPY"));
  CHECK(contains(file.error(file_with(start + "(0,)}", 0, 4)), "byte 6: found version 4.0"));
  Bytes truth = file_with("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", 2);
  truth.back() = 2;
  CHECK(contains(file.error(truth), text("byte ", truth.size() - 1, ": found 2 as a boolean")));
}

TEST_CASE("a .npy that cannot be read or written is named", "[data]") {
  TemporaryDirectory directory;
  std::string missing = (directory / "none" / "a.npy").string();
  CHECK(contains(error_of([&] { load_npy(missing); }), "data::load_npy: cannot read " + missing));
  CHECK(contains(error_of([&] { load_npy(directory.path()); }), "data::load_npy: cannot read "));
  CHECK(contains(error_of([&] { save_npy(missing, Tensor::zeros({1})); }),
                 "data::save_npy: cannot create a file beside " + missing));
  auto path = directory / "a.npy";
  CHECK(contains(error_of([&] { save_npy(path, Tensor::zeros({1}, Dtype::bf16)); }),
                 "found dtype bf16, which NumPy does not know"));
  CHECK(contains(error_of([&] { save_npy(path, Tensor()); }), "found a tensor that holds nothing"));
}
