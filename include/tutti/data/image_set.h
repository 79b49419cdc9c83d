// A data set of 8-bit images held in memory.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "tutti/data/dataset.h"

namespace tutti::data {

/// A channel's mean and standard deviation, of pixels scaled to [0, 1].
struct Normalisation {
  float mean = 0;
  float stddev = 1;
};

/// What an ImageSet is made of.
struct LabelledPixels {
  Shape shape;                               ///< of one image: [c, h, w]
  std::int64_t classes = 0;                  ///< at most 256
  std::vector<Normalisation> normalisation;  ///< one per channel
  std::vector<std::uint8_t> pixels;          ///< [n, c, h, w]
  std::vector<std::uint8_t> labels;          ///< [n]
};

/// Batches of images f32 [n, c, h, w] and labels i64 [n]. Keeps one byte a pixel; batch() gives
/// (pixel / 255 - mean) / stddev. Error where the parts do not fit together.
class ImageSet : public Dataset {
 public:
  explicit ImageSet(LabelledPixels samples);

  std::int64_t size() const override { return static_cast<std::int64_t>(samples_.labels.size()); }
  std::vector<Field> fields() const override {
    return {{"images", samples_.shape}, {"labels", {}, Dtype::i64}};
  }
  Batch batch(std::span<const std::int64_t> indices) const override;

  /// Labels are in [0, classes()).
  std::int64_t classes() const { return samples_.classes; }
  /// The bytes of image i, [c, h, w]. Valid while this data set lives.
  std::span<const std::uint8_t> pixels(std::int64_t i) const;
  int label(std::int64_t i) const;

 private:
  LabelledPixels samples_;
  std::vector<std::array<float, 256>> value_of_;  // per channel: what each byte becomes
};

}  // namespace tutti::data
