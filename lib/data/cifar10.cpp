#include "tutti/data/cifar10.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>

#include "file_bytes.h"

namespace tutti::data {
namespace {

constexpr std::string_view who = "data::Cifar10";
constexpr std::size_t image_bytes = 3 * 32 * 32;
constexpr std::size_t record_bytes = 1 + image_bytes;

// The N of data_batch_N.bin.
std::optional<unsigned> batch_number(std::string_view name) {
  constexpr std::string_view prefix = "data_batch_", suffix = ".bin";
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return {};
  unsigned number = 0;
  const char* last = name.data() + name.size() - suffix.size();
  auto [end, error] = std::from_chars(name.data() + prefix.size(), last, number);
  if (error != std::errc() || end != last) return {};
  return number;
}

std::vector<std::filesystem::path> files(const std::filesystem::path& directory, Split split) {
  std::map<unsigned, std::filesystem::path> found;
  std::error_code error;
  if (split == Split::test) {
    if (std::filesystem::exists(directory / "test_batch.bin", error))
      found[0] = directory / "test_batch.bin";
  } else {
    for (const auto& entry : std::filesystem::directory_iterator(directory, error))
      if (auto number = batch_number(entry.path().filename().string()))
        found[*number] = entry.path();
  }
  if (found.empty())
    raise(who, ": found no ", split == Split::train ? "data_batch_N.bin" : "test_batch.bin", " in ",
          directory.string(), error ? text(" (", error.message(), ")") : "",
          "; give the directory that holds CIFAR-10's binary files");
  std::vector<std::filesystem::path> paths;
  for (auto& [number, path] : found) paths.push_back(std::move(path));
  return paths;
}

void append(LabelledPixels& samples, const std::filesystem::path& path) {
  Bytes bytes = read_file(path, who);
  std::size_t whole = bytes.size() / record_bytes * record_bytes;
  if (whole != bytes.size() || whole == 0)
    raise(who, ": ", path.string(), ": truncated at offset ", bytes.size(), ": found ",
          bytes.size() - whole, " bytes of the record at offset ", whole, ", expected ",
          record_bytes, "; download it again");
  for (std::size_t at = 0; at < bytes.size(); at += record_bytes) {
    if (bytes[at] > 9)
      raise(who, ": ", path.string(), ": found label ", int{bytes[at]}, " at offset ", at,
            ", expected 0 to 9; download it again");
    samples.labels.push_back(bytes[at]);
    auto pixels = bytes.begin() + static_cast<std::ptrdiff_t>(at + 1);
    samples.pixels.insert(samples.pixels.end(), pixels, pixels + image_bytes);
  }
}

LabelledPixels load(const std::filesystem::path& directory, Split split,
                    const Cifar10Options& options) {
  LabelledPixels samples{
      .shape = {3, 32, 32}, .classes = 10, .normalisation = {}, .pixels = {}, .labels = {}};
  samples.normalisation.assign(options.normalisation.begin(), options.normalisation.end());
  for (const auto& path : files(directory, split)) append(samples, path);
  samples.pixels.shrink_to_fit();
  return samples;
}

}  // namespace

Cifar10::Cifar10(const std::filesystem::path& directory, Split split, const Cifar10Options& options)
    : ImageSet(load(directory, split, options)) {}

}  // namespace tutti::data
