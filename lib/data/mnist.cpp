#include "tutti/data/mnist.h"

#include <algorithm>
#include <ios>
#include <string>
#include <utility>

#include "file_bytes.h"

namespace tutti::data {
namespace {

constexpr std::string_view who = "data::Mnist";
constexpr std::uint32_t images_magic = 0x00000803;  // unsigned bytes in three dimensions
constexpr std::uint32_t labels_magic = 0x00000801;  // in one

struct IdxFile {
  std::string path;
  Shape shape;
  Bytes elements;
};

std::uint32_t big_endian(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
         at[3];
}

std::filesystem::path find(const std::filesystem::path& directory, const std::string& name) {
  std::filesystem::path plain = directory / name;
  std::filesystem::path packed = directory / (name + ".gz");
  for (const auto& path : {plain, packed}) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return path;
  }
  raise(who, ": found neither ", plain.string(), " nor ", packed.string(),
        ", expected one of them; give the directory that holds the four IDX files");
}

[[noreturn]] void truncated(const std::string& path, std::size_t found, std::uint64_t expected,
                            const std::string& what) {
  raise(who, ": ", path, ": truncated at offset ", found, ": found ", found, " bytes, expected ",
        expected, " (", what, "); download it again");
}

// The magic's last byte is the number of dimensions; a 32-bit extent for each of them follows.
IdxFile read_idx(const std::filesystem::path& directory, const std::string& name,
                 std::uint32_t magic) {
  std::filesystem::path path = find(directory, name);
  IdxFile file{path.string(), {}, gunzip(read_file(path, who), path, who)};
  Bytes& bytes = file.elements;
  std::size_t header = 4 + 4 * (magic & 0xff);
  if (bytes.size() >= 4 && big_endian(bytes.data()) != magic)
    raise(who, ": ", file.path, ": found magic number ", std::hex, std::showbase,
          big_endian(bytes.data()), " at offset 0, expected ", magic, "; is it the file ", name,
          "?");
  if (bytes.size() < header) truncated(file.path, bytes.size(), header, "the header");
  std::uint64_t expected = 1;
  for (std::size_t at = 4; at < header; at += 4) {
    std::uint32_t extent = big_endian(bytes.data() + at);
    if (at > 4 && (extent == 0 || extent > 0xffff))
      raise(who, ": ", file.path, ": found image extent ", extent, " at offset ", at,
            ", expected 1 to 65535; download it again");
    file.shape.push_back(extent);
    expected *= extent;
  }
  expected += header;
  if (bytes.size() < expected)
    truncated(file.path, bytes.size(), expected, text("the header and elements ", file.shape));
  if (bytes.size() > expected)
    raise(who, ": ", file.path, ": found ", bytes.size() - expected, " trailing bytes at offset ",
          expected, ", expected the file to end there after elements ", file.shape,
          "; download it again");
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
  return file;
}

LabelledPixels load(const std::filesystem::path& directory, Split split,
                    const MnistOptions& options) {
  if (options.classes < 1 || options.classes > 256)
    raise(who, ": found ", options.classes, " classes, expected 1 to 256");
  std::string part = split == Split::train ? "train" : "t10k";
  IdxFile images = read_idx(directory, part + "-images-idx3-ubyte", images_magic);
  IdxFile labels = read_idx(directory, part + "-labels-idx1-ubyte", labels_magic);
  if (images.shape[0] != labels.shape[0])
    raise(who, ": found ", images.shape[0], " images in ", images.path, " and ", labels.shape[0],
          " labels in ", labels.path, ", expected as many; take both from one data set");
  for (std::size_t i = 0; i < labels.elements.size(); ++i)
    if (labels.elements[i] >= options.classes)
      raise(who, ": ", labels.path, ": found label ", int{labels.elements[i]}, " at offset ", 8 + i,
            ", expected 0 to ", options.classes - 1,
            "; where the data set has more classes, say so by MnistOptions{.classes = ",
            int{*std::ranges::max_element(labels.elements)} + 1, "}");
  return {.shape = {1, images.shape[1], images.shape[2]},
          .classes = options.classes,
          .normalisation = {options.normalisation},
          .pixels = std::move(images.elements),
          .labels = std::move(labels.elements)};
}

}  // namespace

Mnist::Mnist(const std::filesystem::path& directory, Split split, const MnistOptions& options)
    : ImageSet(load(directory, split, options)) {}

}  // namespace tutti::data
