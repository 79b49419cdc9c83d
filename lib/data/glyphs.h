// How digits are written: the strokes of each, in the forms that people use.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace tutti::data {

/// On paper 100 wide and 140 high around (0, 0), y downwards.
struct Point {
  std::int32_t x = 0;
  std::int32_t y = 0;
  friend bool operator==(Point, Point) = default;
};

/// Control points of a quadratic B-spline that starts at the first and ends at the last. It touches
/// the middle between neighbours; a point written twice is a corner.
using Stroke = std::vector<Point>;
using Glyph = std::vector<Stroke>;

/// The forms of each digit.
const std::array<std::vector<Glyph>, 10>& digit_glyphs();

/// The line through `stroke` in straight pieces.
/// Source: the midpoint form of the uniform quadratic B-spline; de Boor, "A practical guide to
/// splines".
Stroke flatten(const Stroke& stroke);

}  // namespace tutti::data
