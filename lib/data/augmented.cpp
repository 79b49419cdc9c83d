#include "tutti/data/augmented.h"

#include <algorithm>

#include "tutti/base/philox.h"

namespace tutti::data {
namespace {

constexpr const char* who = "data::Augmented";

struct Range {
  std::int64_t begin = 0, end = 0;

  bool contains(std::int64_t i) const { return begin <= i && i < end; }
};

// What was drawn for one image.
struct Draw {
  std::int64_t down, right;  // where the part begins, seen from the image without its padding
  bool flip;
  Range cut_rows, cut_columns;
};

// Uniform in [0, bound), but for 2^-32 of bound.
std::int64_t below(std::int64_t bound, std::uint32_t word) {
  return static_cast<std::int64_t>(std::uint64_t{word} * static_cast<std::uint64_t>(bound) >> 32);
}

// Two blocks of words for an image, of which each has its use, whatever else is wanted.
Draw draw(const Augmentation& what, const Shape& shape, std::int64_t epoch, std::int64_t index) {
  const Philox philox(what.seed);
  const std::uint64_t stream = stream_of("data.augmented") + static_cast<std::uint64_t>(epoch);
  const auto offset = 2 * static_cast<std::uint64_t>(index);
  const auto part = philox.at(stream, offset), square = philox.at(stream, offset + 1);
  Draw out{.down = below(2 * what.padding + 1, part[0]) - what.padding,
           .right = below(2 * what.padding + 1, part[1]) - what.padding,
           .flip = what.flip && part[2] >> 31 != 0,
           .cut_rows = {},
           .cut_columns = {}};
  out.cut_rows.begin = below(shape[1], square[0]) - what.cutout / 2;
  out.cut_columns.begin = below(shape[2], square[1]) - what.cutout / 2;
  out.cut_rows.end = out.cut_rows.begin + what.cutout;
  out.cut_columns.end = out.cut_columns.begin + what.cutout;
  return out;
}

// Row `y` of the result from an image's channel; before the normalisation.
void fill_row(const float* channel, const Shape& shape, const Draw& draw, std::int64_t y,
              float* row) {
  const std::int64_t height = shape[1], width = shape[2], from = y + draw.down;
  const Range inside{std::max<std::int64_t>(0, -draw.right), std::min(width, width - draw.right)};
  std::fill_n(row, width, 0.0f);
  if (from >= 0 && from < height && inside.begin < inside.end)
    std::copy_n(channel + from * width + inside.begin + draw.right, inside.end - inside.begin,
                row + inside.begin);
  if (draw.flip) std::reverse(row, row + width);
}

}  // namespace

Augmented::Augmented(const Dataset& images, const Augmentation& augmentation)
    : images_(images), augmentation_(augmentation) {
  const std::vector<Field> all = images_.fields();
  auto field = std::find_if(all.begin(), all.end(),
                            [&](const Field& f) { return f.name == augmentation_.field; });
  if (field == all.end())
    raise(who, ": found no field ", augmentation_.field,
          " in the data set; name its images by Augmentation::field");
  const Shape& shape = field->shape;
  if (shape.rank() != 3 || field->dtype != Dtype::f32)
    raise(who, ": found ", field->dtype, ' ', shape, " as field ", field->name,
          ", expected images: f32 [c, h, w]");
  const std::int64_t most = std::min(shape[1], shape[2]);
  for (auto [name, value] :
       {std::pair("padding", augmentation_.padding), std::pair("cutout", augmentation_.cutout)})
    if (value < 0 || value > most)
      raise(who, ": found ", name, ' ', value, " for images ", shape, ", expected 0 to ", most);
  const auto& channels = augmentation_.normalisation;
  if (!channels.empty() && static_cast<std::int64_t>(channels.size()) != shape[0])
    raise(who, ": found ", channels.size(), " normalisations for images ", shape, ", expected ",
          shape[0], ", one per channel, or none");
  for (const Normalisation& channel : channels)
    if (!(channel.stddev > 0))
      raise(who, ": found standard deviation ", channel.stddev, ", expected a positive number");
}

Batch Augmented::batch_in_epoch(std::span<const std::int64_t> indices, std::int64_t epoch) const {
  require_indices(indices);
  const Batch plain = images_.batch_in_epoch(indices, epoch);
  images_.require_fields(plain, static_cast<std::int64_t>(indices.size()));
  Batch batch = empty_batch(indices);
  for (const auto& [name, tensor] : plain)
    if (name != augmentation_.field) batch[name].copy_from(tensor);
  const Tensor source = plain[augmentation_.field].contiguous();
  Shape shape = source.shape();
  shape.erase(0);
  const std::int64_t channels = shape[0], height = shape[1], width = shape[2];
  const float* from = source.data<float>();
  float* row = batch[augmentation_.field].mutable_data<float>();
  for (std::int64_t index : indices) {
    const Draw drawn = draw(augmentation_, shape, epoch, index);
    for (std::int64_t c = 0; c < channels; ++c, from += height * width) {
      for (std::int64_t y = 0; y < height; ++y, row += width) {
        fill_row(from, shape, drawn, y, row);
        if (!augmentation_.normalisation.empty()) {
          const auto [mean, stddev] = augmentation_.normalisation[static_cast<std::size_t>(c)];
          for (std::int64_t x = 0; x < width; ++x) row[x] = (row[x] - mean) / stddev;
        }
        if (drawn.cut_rows.contains(y))
          for (std::int64_t x = 0; x < width; ++x)
            if (drawn.cut_columns.contains(x)) row[x] = 0;
      }
    }
  }
  return batch;
}

}  // namespace tutti::data
