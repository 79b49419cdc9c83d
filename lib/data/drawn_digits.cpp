#include "tutti/data/drawn_digits.h"

#include <algorithm>

#include "canvas.h"
#include "glyphs.h"
#include "tutti/base/parallel_for.h"
#include "tutti/base/philox.h"

namespace tutti::data {
namespace {

constexpr Normalisation of_drawn_digits{.mean = 0.1094f, .stddev = 0.2069f};

// The numbers of one image, one after the other.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t stream, std::uint64_t image)
      : philox_(seed), stream_(stream), offset_(image << 16) {}

  /// In [low, high], evenly but for a bias below 2^-20.
  std::int32_t between(std::int32_t low, std::int32_t high) {
    if (used_ == 4) {
      words_ = philox_.at(stream_, offset_++);
      used_ = 0;
    }
    std::uint64_t range = static_cast<std::uint64_t>(high - low) + 1;
    return low + static_cast<std::int32_t>(words_[used_++] * range >> 32);
  }
  /// In [-extent, extent], small values more often.
  std::int32_t about_zero(std::int32_t extent) {
    return (between(-extent, extent) + between(-extent, extent)) / 2;
  }

 private:
  Philox philox_;
  std::uint64_t stream_;
  std::uint64_t offset_;
  Philox::Words words_{};
  std::size_t used_ = 4;
};

constexpr std::int32_t fine = 16;  // strokes are bent in sixteenths of the paper's unit

// Where paper lands on the canvas. The matrix is in canvas units per hundred of the paper's.
struct Hand {
  std::int32_t xx, xy, yx, yy;
  Point centre;

  explicit Hand(Draws& draws) {
    std::int32_t size = draws.between(2700, 3700);
    std::int32_t turn = draws.about_zero(1300);
    xx = size + draws.about_zero(900);
    yy = size + draws.about_zero(400);
    yx = turn;
    xy = -turn - draws.about_zero(1500);
    centre.x = Canvas::side * Canvas::unit / 2 + draws.about_zero(3 * Canvas::unit);
    centre.y = Canvas::side * Canvas::unit / 2 + draws.about_zero(3 * Canvas::unit);
  }
  Point operator()(Point p) const {
    return {centre.x + (xx * p.x + xy * p.y) / (100 * fine),
            centre.y + (yx * p.x + yy * p.y) / (100 * fine)};
  }
};

// Every control point moves a little; a corner's two points move together.
Stroke shaken(const Stroke& stroke, Draws& draws) {
  Stroke out;
  for (std::size_t i = 0; i < stroke.size(); ++i) {
    if (i > 0 && stroke[i] == stroke[i - 1]) {
      out.push_back(out.back());
    } else {
      std::int32_t x = draws.about_zero(22 * fine), y = draws.about_zero(22 * fine);
      out.push_back({stroke[i].x * fine + x, stroke[i].y * fine + y});
    }
  }
  return out;
}

// Ink of this brightness, and grain everywhere.
void develop(Canvas::Pixels& pixels, Draws& draws) {
  std::int32_t ink = draws.between(128, 255);
  std::int32_t grain = draws.between(0, 60);
  for (std::uint8_t& pixel : pixels) {
    std::int32_t grey = pixel * ink / 255 + draws.about_zero(grain);
    pixel = static_cast<std::uint8_t>(std::clamp(grey, 0, 255));
  }
}

int draw(Draws draws, std::uint8_t* pixels) {
  int digit = draws.between(0, 9);
  const auto& forms = digit_glyphs()[static_cast<std::size_t>(digit)];
  const Glyph& glyph = forms[static_cast<std::size_t>(
      draws.between(0, static_cast<std::int32_t>(forms.size()) - 1))];
  Hand hand(draws);
  std::int32_t radius = draws.between(Canvas::unit * 5 / 10, Canvas::unit * 17 / 10);
  Canvas canvas;
  for (const Stroke& stroke : glyph) {
    Stroke line = flatten(shaken(stroke, draws));
    for (std::size_t i = 1; i < line.size(); ++i)
      canvas.line(hand(line[i - 1]), hand(line[i]), radius);
  }
  canvas.blur(draws.between(0, 72));
  develop(canvas.pixels(), draws);
  std::copy(canvas.pixels().begin(), canvas.pixels().end(), pixels);
  return digit;
}

LabelledPixels draw_all(std::int64_t count, std::uint64_t seed, Split split) {
  if (count < 0) raise("data::DrawnDigits: found count ", count, ", expected 0 or more");
  constexpr std::size_t area = Canvas::side * Canvas::side;
  auto n = static_cast<std::size_t>(count);
  LabelledPixels samples{.shape = {1, Canvas::side, Canvas::side},
                         .classes = 10,
                         .normalisation = {of_drawn_digits},
                         .pixels = std::vector<std::uint8_t>(n * area),
                         .labels = std::vector<std::uint8_t>(n)};
  std::uint64_t stream = stream_of(split == Split::train ? "data.drawn.train" : "data.drawn.test");
  constexpr std::int64_t chunk = 64;
  parallel_for((count + chunk - 1) / chunk, [&](std::int64_t task, int) {
    for (std::int64_t i = task * chunk; i < std::min(count, (task + 1) * chunk); ++i) {
      auto image = static_cast<std::size_t>(i);
      samples.labels[image] = static_cast<std::uint8_t>(
          draw(Draws(seed, stream, image), samples.pixels.data() + image * area));
    }
  });
  return samples;
}

}  // namespace

DrawnDigits::DrawnDigits(std::int64_t count, std::uint64_t seed, Split split)
    : ImageSet(draw_all(count, seed, split)) {}

}  // namespace tutti::data
