#include "tutti/data/mnist.h"

#include <cmath>

#include "support/catch.h"
#include "support/files.h"

using namespace tutti;
using namespace tutti::test;
using data::Mnist;
using data::Split;

namespace {

const std::string images_name = "train-images-idx3-ubyte";
const std::string labels_name = "train-labels-idx1-ubyte";
const Bytes images = idx({3, 2, 2}, {0, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
const Bytes labels = idx({3}, {7, 0, 9});

std::string reading(const TemporaryDirectory& directory, Split split = Split::train) {
  return error_of([&] { Mnist(directory.path(), split); });
}

// Every way to cut the file gives one Error that names the file and the offset.
void cut_everywhere(const std::string& name, const Bytes& whole) {
  TemporaryDirectory directory;
  write(directory / images_name, images);
  write(directory / labels_name, labels);
  if (name.ends_with(".gz")) std::filesystem::remove(directory / name.substr(0, name.size() - 3));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write(directory / name, Bytes(whole.begin(), whole.begin() + static_cast<long>(length)));
    std::string message = reading(directory);
    INFO(message);
    REQUIRE(contains(message, "data::Mnist: " + (directory / name).string()));
    REQUIRE(contains(message, text("truncated")));
    REQUIRE(contains(message, text("offset ", length)));
    REQUIRE(contains(message, text("found ", length, " bytes, expected ")));
  }
  write(directory / name, whole);
  REQUIRE(reading(directory) == "");
}

}  // namespace

TEST_CASE("Mnist reads raw and packed files alike", "[data]") {
  TemporaryDirectory directory;
  bool pack_images = GENERATE(false, true);
  bool pack_labels = GENERATE(false, true);
  if (pack_images) write(directory / (images_name + ".gz"), gzip(images));
  if (!pack_images) write(directory / images_name, images);
  if (pack_labels) write(directory / (labels_name + ".gz"), gzip(labels));
  if (!pack_labels) write(directory / labels_name, labels);

  Mnist train(directory.path(), Split::train);
  REQUIRE(train.size() == 3);
  REQUIRE(train.classes() == 10);
  REQUIRE(train.fields()[0].shape == Shape{1, 2, 2});
  std::vector<std::int64_t> indices{2, 0, 2};
  auto [x, y] = train.batch(indices);
  REQUIRE(x.shape() == Shape{3, 1, 2, 2});
  REQUIRE(y.to_vector<std::int64_t>() == std::vector<std::int64_t>{9, 7, 9});
  std::vector<float> values = x.to_vector<float>();
  REQUIRE(values[0] == (7 / 255.0f - 0.1307f) / 0.3081f);
  REQUIRE(values[4] == (0 - 0.1307f) / 0.3081f);
  REQUIRE(values[5] == (1 - 0.1307f) / 0.3081f);
  REQUIRE(train.label(2) == 9);
  REQUIRE(train.pixels(1)[3] == 6);

  Mnist plain(directory.path(), Split::train, {.normalisation = {.mean = 0, .stddev = 1}});
  REQUIRE(plain.batch(indices)["images"].to_vector<float>()[5] == 1.0f);
}

TEST_CASE("a batch may be empty, and its indices are checked", "[data]") {
  TemporaryDirectory directory;
  write(directory / images_name, images);
  write(directory / labels_name, labels);
  Mnist train(directory.path(), Split::train);
  auto [x, y] = train.batch({});
  REQUIRE(x.shape() == Shape{0, 1, 2, 2});
  REQUIRE(y.shape() == Shape{0});
  for (std::int64_t bad : {-1, 3}) {
    std::string message = error_of([&] { train.batch(std::vector<std::int64_t>{0, bad}); });
    REQUIRE(contains(message, text("found index ", bad)));
  }
}

TEST_CASE("Mnist names what is cut, at every length", "[data]") {
  cut_everywhere(images_name, images);
  cut_everywhere(labels_name, labels);
}

TEST_CASE("Mnist names what is cut in packed files, at every length", "[data]") {
  cut_everywhere(images_name + ".gz", gzip(images));
  cut_everywhere(labels_name + ".gz", gzip(labels));
}

TEST_CASE("Mnist names damage in a packed file", "[data]") {
  TemporaryDirectory directory;
  write(directory / labels_name, labels);
  std::string name = images_name + ".gz";
  Bytes whole = gzip(images);
  for (std::size_t i = 10; i < whole.size(); ++i) {  // after the header, whose time is free to vary
    Bytes damaged = whole;
    damaged[i] ^= 0xff;
    write(directory / name, damaged);
    std::string message = reading(directory);
    INFO("byte " << i << ": " << message);
    REQUIRE(contains(message, (directory / name).string()));
    REQUIRE(contains(message, "offset"));
  }
  Bytes longer = whole;
  longer.push_back(0);
  write(directory / name, longer);
  REQUIRE(contains(reading(directory),
                   text("1 trailing bytes after the gzip stream, at offset ", whole.size())));
}

TEST_CASE("Mnist reads gzip files that were strung together", "[data]") {
  TemporaryDirectory directory;
  Bytes packed = gzip(Bytes(images.begin(), images.begin() + 20));
  Bytes rest = gzip(Bytes(images.begin() + 20, images.end()));
  packed.insert(packed.end(), rest.begin(), rest.end());
  write(directory / (images_name + ".gz"), packed);
  write(directory / labels_name, labels);
  REQUIRE(Mnist(directory.path(), Split::train).pixels(2)[3] == 10);
}

TEST_CASE("Mnist names wrong contents", "[data]") {
  TemporaryDirectory directory;
  write(directory / images_name, images);
  write(directory / labels_name, labels);

  SECTION("files exchanged") {
    write(directory / images_name, labels);
    std::string message = reading(directory);
    REQUIRE(contains(message, "found u8 [3], expected u8 of rank 3; is it the file "));
    REQUIRE(contains(message, (directory / images_name).string()));
  }
  SECTION("trailing bytes") {
    Bytes longer = labels;
    longer.insert(longer.end(), {1, 2});
    write(directory / labels_name, longer);
    REQUIRE(contains(reading(directory), "found 2 trailing bytes at offset 11"));
  }
  SECTION("a label that is no digit") {
    write(directory / labels_name, idx({3}, {7, 10, 9}));
    REQUIRE(contains(reading(directory), "found label 10 at offset 9, expected 0 to 9"));
  }
  SECTION("more labels than images") {
    write(directory / labels_name, idx({4}, {7, 0, 9, 1}));
    REQUIRE(contains(reading(directory), "found 3 images in "));
    REQUIRE(contains(reading(directory), " and 4 labels in "));
  }
  SECTION("extents whose product would overflow") {
    write(directory / images_name, idx({0xffffffff, 0xffffffff, 0xffffffff}, {1}));
    REQUIRE(contains(reading(directory), "truncated at offset 17"));
    write(directory / images_name, idx({0xffffffff, 0xffff, 0xffff}, {1}));
    REQUIRE(contains(reading(directory), "truncated at offset 17"));
  }
  SECTION("images of no pixels") {
    write(directory / images_name, idx({3, 0, 2}, {}));
    REQUIRE(
        contains(reading(directory), "found images [3, 0, 2], expected an extent of 1 or more"));
  }
  SECTION("nothing there") {
    std::string message = reading(directory, Split::test);
    REQUIRE(contains(message, (directory / "t10k-images-idx3-ubyte").string() + " nor "));
    REQUIRE(contains(message, (directory / "t10k-images-idx3-ubyte.gz").string()));
  }
  SECTION("a directory in place of a file") {
    std::filesystem::remove(directory / images_name);
    std::filesystem::create_directory(directory / images_name);
    REQUIRE(contains(reading(directory), "cannot read " + (directory / images_name).string()));
  }
}

TEST_CASE("Mnist reads the real files", "[data]") {
  std::filesystem::path directory = real_data("mnist");
  if (directory.empty()) return;
  auto first_labels = [](const Mnist& set) {
    std::vector<int> out;
    for (std::int64_t i = 0; i < 5; ++i) out.push_back(set.label(i));
    return out;
  };
  Mnist train(directory, Split::train);
  REQUIRE(train.size() == 60000);
  REQUIRE(train.fields()[0].shape == Shape{1, 28, 28});
  REQUIRE(first_labels(train) == std::vector<int>{5, 0, 4, 1, 9});
  double sum = 0;
  std::uint64_t count = 0;
  for (std::int64_t i = 0; i < train.size(); ++i)
    for (std::uint8_t pixel : train.pixels(i)) sum += pixel, ++count;
  REQUIRE(std::abs(sum / 255 / static_cast<double>(count) - 0.1307) < 0.0001);

  Mnist test(directory, Split::test);
  REQUIRE(test.size() == 10000);
  REQUIRE(first_labels(test) == std::vector<int>{7, 2, 1, 0, 4});
}
