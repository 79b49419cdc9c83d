#include "tutti/data/image_set.h"

#include <utility>

namespace tutti::data {

ImageSet::ImageSet(LabelledPixels samples) : samples_(std::move(samples)) {
  const Shape& shape = samples_.shape;
  std::size_t expected = samples_.labels.size() * static_cast<std::size_t>(shape.count());
  if (shape.rank() != 3 || samples_.pixels.size() != expected)
    raise("data::ImageSet: found ", samples_.pixels.size(), " pixels and ", samples_.labels.size(),
          " labels for images of shape ", shape, ", expected shape [c, h, w] and ", expected,
          " pixels");
  if (static_cast<std::int64_t>(samples_.normalisation.size()) != shape[0])
    raise("data::ImageSet: found ", samples_.normalisation.size(), " normalisations, expected ",
          shape[0], ": one per channel");
  for (std::size_t i = 0; i < samples_.labels.size(); ++i)
    if (samples_.labels[i] >= samples_.classes)
      raise("data::ImageSet: found label ", int{samples_.labels[i]}, " at sample ", i,
            ", expected 0 to ", samples_.classes - 1);
  for (Normalisation channel : samples_.normalisation) {
    if (!(channel.stddev > 0))
      raise("data::ImageSet: found standard deviation ", channel.stddev,
            ", expected a positive number");
    auto& values = value_of_.emplace_back();
    for (int byte = 0; byte < 256; ++byte)
      values[byte] = (static_cast<float>(byte) / 255.0f - channel.mean) / channel.stddev;
  }
}

Batch ImageSet::batch(std::span<const std::int64_t> indices) const {
  require_indices(indices);
  const Shape& shape = samples_.shape;
  Batch batch = empty_batch(indices);
  float* value = batch["images"].mutable_data<float>();
  std::int64_t* label = batch["labels"].mutable_data<std::int64_t>();
  std::int64_t area = shape[1] * shape[2];
  for (std::int64_t i : indices) {
    const std::uint8_t* pixel = samples_.pixels.data() + i * shape.count();
    for (const auto& values : value_of_) {
      for (std::int64_t k = 0; k < area; ++k) value[k] = values[pixel[k]];
      value += area;
      pixel += area;
    }
    *label++ = samples_.labels[i];
  }
  return batch;
}

std::span<const std::uint8_t> ImageSet::pixels(std::int64_t i) const {
  require_indices({&i, 1});
  auto bytes = static_cast<std::size_t>(samples_.shape.count());
  return std::span(samples_.pixels).subspan(i * bytes, bytes);
}

int ImageSet::label(std::int64_t i) const {
  require_indices({&i, 1});
  return samples_.labels[i];
}

}  // namespace tutti::data
