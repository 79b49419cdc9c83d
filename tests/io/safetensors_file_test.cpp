// Tensors by name, and whose memory they have.
#include "tutti/io/safetensors_file.h"

#include <sys/stat.h>

#include "bytes.h"
#include "support/catch.h"
#include "tutti/io/safetensors.h"

using namespace tutti;
using namespace tutti::test;
using io::SafetensorsFile;

namespace {

Bytes floats(std::initializer_list<float> values) {
  Bytes out(values.size() * sizeof(float));
  std::memcpy(out.data(), values.begin(), out.size());
  return out;
}

const std::string two_tensors =
    R"({"x":{"shape":[2],"data_offsets":[4,12],"dtype":"F32"},"y":{"dtype":"F32","shape":[],)"
    R"("data_offsets":[0,4]},"__metadata__":{"k":"v"}})";

std::vector<float> values(const Tensor& tensor) {
  return tensor.to_vector<float>();
}

}  // namespace

TEST_CASE("tensors are read by name, whatever their order and alignment") {
  TemporaryDirectory folder;
  for (int spaces = 0; spaces < 8; ++spaces) {
    const auto path = folder / text("x", spaces);
    write(path, safetensors(two_tensors + std::string(spaces, ' '), floats({1, 2, 3})));
    Tensor kept;
    {
      const SafetensorsFile file(path);
      CHECK(file.path() == path);
      CHECK(file.names() == std::vector<std::string>{"x", "y"});
      CHECK(file.contains("y"));
      CHECK(!file.contains("__metadata__"));
      CHECK(file.at("x").shape == Shape{2});
      CHECK(file.at("x").dtype == "F32");
      CHECK(file.at("y").end - file.at("y").begin == 4);
      CHECK(file.metadata() == std::map<std::string, std::string>{{"k", "v"}});
      kept = file.tensor("x");
      CHECK(values(file.tensor("y")) == std::vector<float>{1});
      CHECK(error_of([&] { file.tensor("z"); }) ==
            "io::SafetensorsFile: " + path.string() +
                ": found no tensor \"z\" among 2; names() lists them");
    }
    std::filesystem::remove(path);
    CHECK(values(kept) == std::vector<float>{2, 3});
  }
}

TEST_CASE("writing to a tensor does not change the file, and is counted for all of its handles") {
  TemporaryDirectory folder;
  write(folder / "x", safetensors(two_tensors, floats({1, 2, 3})));
  std::filesystem::permissions(folder / "x", std::filesystem::perms::owner_read);
  const Bytes before = read(folder / "x");
  const SafetensorsFile file(folder / "x");
  const Tensor x = file.tensor("x"), again = file.tensor("x");
  const auto version = again.version();
  x.fill(9);
  CHECK(read(folder / "x") == before);
  CHECK(values(SafetensorsFile(folder / "x").tensor("x")) == std::vector<float>{2, 3});
  CHECK(values(file.tensor("y")) == std::vector<float>{1});
  CHECK((!x.same_memory(again) || again.version() > version));
}

TEST_CASE("aligned tensors are not copied") {
  TemporaryDirectory folder;
  StateDict state;
  state.set("x", Tensor::full({3}, 2));
  io::save(folder / "x", state);
  const SafetensorsFile file(folder / "x");
  CHECK(file.tensor("x").same_memory(file.tensor("x")));
}

TEST_CASE("a tensor of a dtype that is none of ours is listed, and named when asked for") {
  TemporaryDirectory folder;
  write(folder / "x", safetensors(R"({"mask":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]},)"
                                  R"("f4":{"dtype":"F4","shape":[3,2],"data_offsets":[3,6]},)"
                                  R"("y":{"dtype":"U8","shape":[1],"data_offsets":[6,7]}})",
                                  {1, 0, 1, 0, 0, 0, 5}));
  const SafetensorsFile file(folder / "x");
  CHECK(file.at("mask").dtype == "BOOL");
  CHECK(file.tensor("y").to_vector<std::uint8_t>() == Bytes{5});
  const std::string error = error_of([&] { file.tensor("mask"); });
  CHECK(contains(error, (folder / "x").string()));
  CHECK(contains(error, "tensor \"mask\": found dtype BOOL, expected one of F64 F32"));
  CHECK(contains(error_of([&] { io::load(folder / "x"); }), "\"mask\""));
}

TEST_CASE("what is no file is named, and does not hang") {
  TemporaryDirectory folder;
  auto opening = [](const std::filesystem::path& path) {
    return error_of([&] { SafetensorsFile file(path); });
  };
  CHECK(opening(folder / "nothing") ==
        "io::SafetensorsFile: cannot read " + (folder / "nothing").string() +
            " (No such file or directory); check the file and its permissions");
  CHECK(contains(opening(folder.path()), "is no file, expected a regular one"));
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(contains(opening(folder / "pipe"), "is no file, expected a regular one"));
  write(folder / "empty", {});
  CHECK(contains(opening(folder / "empty"), "found 0 bytes, expected 8 or more"));
}

TEST_CASE("a name of a value that is a tensor's too, and values that cannot be read, are named") {
  TemporaryDirectory folder;
  auto opening = [&](const std::string& metadata) {
    write(folder / "x", safetensors("{\"__metadata__\":{" + metadata +
                                    R"(},"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})"));
    return error_of([&] { SafetensorsFile file(folder / "x"); });
  };
  CHECK(opening(R"("tutti.integer.a":"1","tutti.text.":"")") != "");
  CHECK(opening(R"("tutti.integer.a":"1","tuttix":"")") == "");
  CHECK(contains(opening(R"("tutti.integer.x":"1")"), "found \"x\" twice"));
  CHECK(contains(opening(R"("tutti.integer.a":"1","tutti.text.a":"")"), "found \"a\" twice"));
  const std::vector<std::pair<std::string, std::string>> unreadable{
      {"integer.a", "1.5"},   {"integer.a", "9223372036854775808"},
      {"integer.a", ""},      {"integer.a", " 1"},
      {"number.a", "1x"},     {"number.a", "nan(7ff8"},
      {"number.a", "nan(x)"}, {"bytes.a", "a"},
      {"bytes.a", "0g"},      {"bytes.a", "-1"},
      {"integer.", "1"}};
  for (const auto& [key, value] : unreadable) {
    INFO(key << ' ' << value);
    const std::string error = opening(text("\"tutti.", key, "\":\"", value, '"'));
    CHECK(contains(error, "found \"" + value + "\" as \"tutti." + key + "\" in the metadata"));
  }
  CHECK(contains(opening(R"("tutti.colour.a":"1")"), "written by a newer version?"));
}
