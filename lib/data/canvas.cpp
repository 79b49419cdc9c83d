#include "canvas.h"

#include <algorithm>
#include <cmath>

namespace tutti::data {
namespace {

// In units, from the point p to the line from a to b.
std::int32_t distance(Point p, Point a, Point b) {
  std::int64_t px = p.x - a.x, py = p.y - a.y;
  std::int64_t bx = b.x - a.x, by = b.y - a.y;
  std::int64_t length2 = bx * bx + by * by;
  std::int64_t along = px * bx + py * by;
  std::int64_t square;
  if (along <= 0)
    square = px * px + py * py;
  else if (along >= length2)
    square = (px - bx) * (px - bx) + (py - by) * (py - by);
  else
    square = px * px + py * py - along * along / length2;
  // Below 2^53, so this is the true root rounded once: IEEE 754 leaves no choice.
  return static_cast<std::int32_t>(std::sqrt(static_cast<double>(square)));
}

}  // namespace

void Canvas::line(Point from, Point to, std::int32_t radius) {
  std::int32_t reach = radius + unit;
  auto first = [&](std::int32_t at) { return std::max((at - reach) / unit, 0); };
  auto last = [&](std::int32_t at) { return std::min((at + reach) / unit, side - 1); };
  for (std::int32_t y = first(std::min(from.y, to.y)); y <= last(std::max(from.y, to.y)); ++y) {
    for (std::int32_t x = first(std::min(from.x, to.x)); x <= last(std::max(from.x, to.x)); ++x) {
      Point centre{x * unit + unit / 2, y * unit + unit / 2};
      std::int32_t inside = radius + unit / 2 - distance(centre, from, to);
      auto grey = static_cast<std::uint8_t>(std::clamp(inside, 0, 255));
      std::uint8_t& pixel = pixels_[static_cast<std::size_t>(y * side + x)];
      pixel = std::max(pixel, grey);
    }
  }
}

void Canvas::blur(std::int32_t side_weight) {
  auto pass = [&](std::int32_t step, std::int32_t across) {
    for (std::int32_t row = 0; row < side; ++row) {
      std::uint8_t* at = pixels_.data() + row * across;
      std::int32_t before = 0;
      for (std::int32_t i = 0; i < side; ++i, at += step) {
        std::int32_t here = *at;
        std::int32_t after = i + 1 < side ? at[step] : 0;
        *at = static_cast<std::uint8_t>(
            (side_weight * (before + after) + (unit - 2 * side_weight) * here) / unit);
        before = here;
      }
    }
  };
  pass(1, side);
  pass(side, 1);
}

}  // namespace tutti::data
