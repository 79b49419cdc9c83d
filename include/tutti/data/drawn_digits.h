// Ten digits drawn by procedure: a data set that needs no download.
#pragma once

#include <cstdint>

#include "tutti/data/image_set.h"
#include "tutti/data/split.h"

namespace tutti::data {

/// `count` images [1, 28, 28] of the digits 0 to 9: strokes with shaken control points under a
/// random affine map, of random thickness and brightness, blurred, with noise. Image i depends on
/// (seed, split, i) alone, and the arithmetic is of integers, so it is the same on every machine.
/// Draws all of them at construction. Error for a negative count.
class DrawnDigits : public ImageSet {
 public:
  DrawnDigits(std::int64_t count, std::uint64_t seed, Split split);
};

}  // namespace tutti::data
