#include "tutti/data/cifar10.h"

#include "support/catch.h"
#include "support/files.h"

using namespace tutti;
using namespace tutti::test;
using data::Cifar10;
using data::Split;

namespace {

// Records whose pixels all have one value.
Bytes records(const std::vector<std::pair<int, int>>& label_and_value) {
  Bytes out;
  for (auto [label, value] : label_and_value) {
    out.push_back(static_cast<std::uint8_t>(label));
    out.insert(out.end(), 3072, static_cast<std::uint8_t>(value));
  }
  return out;
}

std::string reading(const TemporaryDirectory& directory, Split split = Split::train) {
  return error_of([&] { Cifar10(directory.path(), split); });
}

}  // namespace

TEST_CASE("Cifar10 reads all batches in the order of their numbers", "[data]") {
  TemporaryDirectory directory;
  write(directory / "data_batch_10.bin", records({{4, 40}}));
  write(directory / "data_batch_2.bin", records({{2, 20}, {3, 30}}));
  write(directory / "data_batch_x.bin", {1});
  write(directory / "test_batch.bin", records({{9, 90}}));
  Cifar10 train(directory.path(), Split::train);
  REQUIRE(train.size() == 3);
  REQUIRE(train.fields()[0].shape == Shape{3, 32, 32});
  auto [x, y] = train.batch(std::vector<std::int64_t>{2, 0});
  REQUIRE(x.shape() == Shape{2, 3, 32, 32});
  REQUIRE(y.to_vector<std::int64_t>() == std::vector<std::int64_t>{4, 2});
  std::vector<float> values = x.to_vector<float>();
  REQUIRE(values[0] == (40 / 255.0f - 0.4914f) / 0.2470f);
  REQUIRE(values[1024] == (40 / 255.0f - 0.4822f) / 0.2435f);
  REQUIRE(values[5 * 1024] == (20 / 255.0f - 0.4465f) / 0.2616f);
  REQUIRE(Cifar10(directory.path(), Split::test).label(0) == 9);
}

TEST_CASE("Cifar10 names what is cut, at every length", "[data]") {
  TemporaryDirectory directory;
  std::filesystem::path path = directory / "test_batch.bin";
  Bytes whole = records({{1, 1}, {2, 2}});
  write(path, whole);
  for (std::size_t length = whole.size(); length-- > 0;) {
    std::filesystem::resize_file(path, length);
    std::string message = reading(directory, Split::test);
    INFO("length " << length << ": " << message);
    if (length == 3073) {  // one whole record
      REQUIRE(message == "");
      continue;
    }
    REQUIRE(contains(message, "data::Cifar10: " + path.string()));
    REQUIRE(contains(message, text("truncated at offset ", length)));
    REQUIRE(contains(message, text("expected ", 3073)));
  }
}

TEST_CASE("Cifar10 names wrong labels and missing files", "[data]") {
  TemporaryDirectory directory;
  REQUIRE(
      contains(reading(directory), "found no data_batch_N.bin in " + directory.path().string()));
  REQUIRE(contains(reading(directory, Split::test), "found no test_batch.bin"));
  write(directory / "data_batch_1.bin", records({{9, 0}, {10, 0}}));
  REQUIRE(contains(reading(directory), "found label 10 at offset 3073, expected 0 to 9"));
  std::string message = error_of([&] { Cifar10(directory / "nowhere", Split::train); });
  REQUIRE(contains(message, "No such file or directory"));
}

TEST_CASE("Cifar10 reads the real files", "[data]") {
  std::filesystem::path directory = real_data("cifar10-small");
  if (directory.empty()) return;
  REQUIRE(Cifar10(directory, Split::train).size() == 4000);
  REQUIRE(Cifar10(directory, Split::test).size() == 1000);
}
