#include "tutti/data/text_dataset.h"

#include "windows.h"

namespace tutti::data {
namespace {

constexpr const char* who = "data::TextDataset";

std::span<const std::uint8_t> part_of(const Characters& text, Split split) {
  auto all = text.tokens();
  std::size_t boundary = all.size() / 10 * 9 + all.size() % 10 * 9 / 10;  // never overflows
  return split == Split::train ? all.first(boundary) : all.subspan(boundary);
}

}  // namespace

TextDataset::TextDataset(Characters text, Split split, const TextOptions& options)
    : text_(std::move(text)), tokens_(part_of(text_, split)), options_(options) {
  if (options_.context < 1 || options_.stride < 1)
    raise(who, ": found context ", options_.context, " and stride ", options_.stride,
          ", expected 1 or more of each");
  auto length = static_cast<std::int64_t>(tokens_.size());
  if (options_.context >= length)
    raise(who, ": found ", length, " characters in the ", split == Split::train ? "train" : "test",
          " part of ", text_.name(), ", expected more than the context of ", options_.context,
          "; take a longer text or a smaller context");
}

std::int64_t TextDataset::size() const {
  return Windows{options_.context, options_.stride}.count(
      static_cast<std::int64_t>(tokens_.size()));
}

std::vector<Field> TextDataset::fields() const {
  return Windows{options_.context, options_.stride}.fields();
}

Batch TextDataset::batch(std::span<const std::int64_t> indices) const {
  require_indices(indices);
  Batch batch = empty_batch(indices);
  Windows{options_.context, options_.stride}.copy(tokens_.data(), indices, batch);
  return batch;
}

}  // namespace tutti::data
