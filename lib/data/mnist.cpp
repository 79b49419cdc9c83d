#include "tutti/data/mnist.h"

#include <algorithm>
#include <string>
#include <utility>

#include "idx_file.h"

namespace tutti::data {
namespace {

constexpr std::string_view who = "data::Mnist";

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

struct Part {
  std::filesystem::path path;
  Tensor elements;
};

// Bytes with this many axes.
Part read_part(const std::filesystem::path& directory, const std::string& name, int axes) {
  Part part{find(directory, name), {}};
  part.elements = read_idx_file(part.path, who);
  if (part.elements.dtype() != Dtype::u8 || part.elements.rank() != axes)
    raise(who, ": ", part.path.string(), ": found ", part.elements.dtype(), ' ',
          part.elements.shape(), ", expected u8 of rank ", axes, "; is it the file ", name, "?");
  return part;
}

LabelledPixels load(const std::filesystem::path& directory, Split split,
                    const MnistOptions& options) {
  if (options.classes < 1 || options.classes > 256)
    raise(who, ": found ", options.classes, " classes, expected 1 to 256");
  std::string part = split == Split::train ? "train" : "t10k";
  const Part images = read_part(directory, part + "-images-idx3-ubyte", 3);
  const Part labels = read_part(directory, part + "-labels-idx1-ubyte", 1);
  const Shape& shape = images.elements.shape();
  if (shape[1] == 0 || shape[2] == 0)
    raise(who, ": ", images.path.string(), ": found images ", shape,
          ", expected an extent of 1 or more at offsets 8 and 12; download it again");
  if (shape[0] != labels.elements.size(0))
    raise(who, ": found ", shape[0], " images in ", images.path.string(), " and ",
          labels.elements.size(0), " labels in ", labels.path.string(),
          ", expected as many; take both from one data set");
  std::vector<std::uint8_t> label = labels.elements.to_vector<std::uint8_t>();
  for (std::size_t i = 0; i < label.size(); ++i)
    if (label[i] >= options.classes)
      raise(who, ": ", labels.path.string(), ": found label ", int{label[i]}, " at offset ", 8 + i,
            ", expected 0 to ", options.classes - 1,
            "; where the data set has more classes, say so by MnistOptions{.classes = ",
            int{*std::ranges::max_element(label)} + 1, "}");
  return {.shape = {1, shape[1], shape[2]},
          .classes = options.classes,
          .normalisation = {options.normalisation},
          .pixels = images.elements.to_vector<std::uint8_t>(),
          .labels = std::move(label)};
}

}  // namespace

Mnist::Mnist(const std::filesystem::path& directory, Split split, const MnistOptions& options)
    : ImageSet(load(directory, split, options)) {}

}  // namespace tutti::data
