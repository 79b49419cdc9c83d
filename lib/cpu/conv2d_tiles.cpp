#include "conv2d_tiles.h"

#include "tasks.h"

namespace tutti::cpu {
namespace {

using launch::Extents;
using Product = Conv2dTile::Product;

// All samples in `count` tiles, of which some have a sample more.
struct Tiles {
  Tiles(Product product, const Extents& conv, std::int64_t tiles, bool bias)
      : samples(conv.n), count(tiles), few(Conv2dTile::find(product, conv, conv.n / tiles, bias)) {
    if (few)
      many = conv.n % tiles ? Conv2dTile::find(product, conv, conv.n / tiles + 1, bias) : few;
  }
  explicit operator bool() const { return few && many; }
  std::int64_t begin(std::int64_t tile) const { return samples * tile / count; }
  bool is_large(std::int64_t tile) const { return begin(tile + 1) - begin(tile) > samples / count; }
  std::int64_t scratch_count() const {
    return std::max(few->scratch_count(), many->scratch_count());
  }

  std::int64_t samples, count;
  std::shared_ptr<const Conv2dTile> few, many;
};

// As few tiles as keep images and results within the second cache.
std::int64_t tiles_of(const Extents& conv) {
  constexpr std::int64_t cache = (std::int64_t{512} << 10) / sizeof(float);
  const std::int64_t each = conv.image() + conv.o * conv.pixels();
  const std::int64_t samples = std::clamp<std::int64_t>(cache / each, 1, conv.n);
  return (conv.n + samples - 1) / samples;
}

// What one of the two products that read packed weights does for all samples.
bool by_tiles(Product product, const Extents& conv, float* results, std::int64_t result_step,
              const float* first, std::int64_t first_step, const float* w, const float* bias,
              const Device& device) {
  const Tiles tiles(product, conv, tiles_of(conv), bias != nullptr);
  if (!tiles) return false;
  const std::int64_t room = tiles.few->packed_count();
  Buffer buffer(static_cast<std::size_t>(room + tiles.many->packed_count()) * sizeof(float),
                device);
  float *few = static_cast<float*>(buffer.data()), *many = few;
  tiles.few->pack(few, w);
  if (tiles.many != tiles.few) tiles.many->pack(many = few + room, w);
  Scratch<float> scratch(device, tiles.scratch_count(), tiles.count);
  parallel_for(tiles.count, [&](std::int64_t i, int worker) {
    const bool large = tiles.is_large(i);
    (large ? tiles.many : tiles.few)
        ->run(results + tiles.begin(i) * result_step, first + tiles.begin(i) * first_step,
              large ? many : few, bias, scratch.of(worker));
  });
  return true;
}

}  // namespace

bool output_by_tiles(const Extents& conv, float* y, const float* x, const float* w,
                     const float* bias, const Device& device) {
  return by_tiles(Product::output, conv, y, conv.o * conv.pixels(), x, conv.image(), w, bias,
                  device);
}

bool input_by_tiles(const Extents& conv, float* dx, const float* dy, const float* w,
                    const Device& device) {
  return by_tiles(Product::input, conv, dx, conv.image(), dy, conv.o * conv.pixels(), w, nullptr,
                  device);
}

bool weight_by_tiles(const Extents& conv, std::int64_t chunks, float* first, float* others,
                     const float* dy, const float* x, const Device& device) {
  const Tiles tiles(Product::weight, conv, chunks, false);
  if (!tiles) return false;
  Scratch<float> scratch(device, tiles.scratch_count(), chunks);
  parallel_for(chunks, [&](std::int64_t i, int worker) {
    float* result = i == 0 ? first : others + (i - 1) * conv.weights();
    (tiles.is_large(i) ? tiles.many : tiles.few)
        ->run(result, dy + tiles.begin(i) * conv.o * conv.pixels(),
              x + tiles.begin(i) * conv.image(), nullptr, scratch.of(worker));
  });
  return true;
}

}  // namespace tutti::cpu
