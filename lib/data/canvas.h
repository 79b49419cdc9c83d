// Draws lines on a small grey image, in integers.
#pragma once

#include <array>
#include <cstdint>

#include "glyphs.h"

namespace tutti::data {

/// 28 x 28 bytes, row by row, 0 at first. Points are in 1/256 of a pixel from the upper left
/// corner.
class Canvas {
 public:
  static constexpr std::int32_t side = 28;
  static constexpr std::int32_t unit = 256;
  using Pixels = std::array<std::uint8_t, side * side>;

  /// A round-ended line of this radius: each pixel gets what the line covers of it, estimated from
  /// the distance of their centres, or keeps what it has where that is more.
  void line(Point from, Point to, std::int32_t radius);
  /// Weighs the pixels of each 3 x 3 neighbourhood by the products of (side, 256 - 2 side, side)
  /// / 256.
  void blur(std::int32_t side_weight);

  Pixels& pixels() { return pixels_; }

 private:
  Pixels pixels_{};
};

}  // namespace tutti::data
