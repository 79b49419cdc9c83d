// Images changed at random, anew in every epoch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tutti/data/image_set.h"

namespace tutti::data {

/// What is done to an image, in this order.
struct Augmentation {
  std::uint64_t seed = 0;
  std::int64_t padding =
      0;              ///< zeros added at each side; a part of the old extents is then cut out
  bool flip = false;  ///< left and right are exchanged in one case of two
  std::vector<Normalisation> normalisation{};  ///< one per channel, or none: (x - mean) / stddev
  std::int64_t cutout = 0;  ///< the side of a square that is set to 0, about a pixel of the image
  std::string field = "images";
};

/// Another data set, whose images f32 [c, h, w] are augmented; other fields pass as they are.
///
///   data::Cifar10 pixels("data/cifar10", data::Split::train, {.normalisation = {}});  // 0 to 1
///   data::Augmented train(pixels, {.padding = 4, .flip = true, .normalisation = {...}});
///
/// What an image becomes depends on (seed, epoch, index) alone: neither on ranks and threads nor on
/// the batch that it is in. The other data set must outlive this one. Error for a field that is not
/// there or not of such images, for a padding or cut-out beyond their extents, and for
/// normalisations that do not fit.
/// Sources: He et al.: "Deep residual learning for image recognition", CVPR 2016, 4.2 (crop, flip);
/// DeVries, Taylor: "Improved regularization of convolutional neural networks with cutout", 2017.
class Augmented : public Dataset {
 public:
  Augmented(const Dataset& images, const Augmentation& augmentation);
  Augmented(const Dataset&& images, const Augmentation& augmentation) = delete;  // it would be gone

  std::int64_t size() const override { return images_.size(); }
  std::vector<Field> fields() const override { return images_.fields(); }
  /// As in epoch 0.
  Batch batch(std::span<const std::int64_t> indices) const override {
    return batch_in_epoch(indices, 0);
  }
  Batch batch_in_epoch(std::span<const std::int64_t> indices, std::int64_t epoch) const override;

 private:
  const Dataset& images_;
  Augmentation augmentation_;
};

}  // namespace tutti::data
