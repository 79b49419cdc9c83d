// Patches of an image as the columns of a matrix, and back.
#pragma once

#include <algorithm>
#include <cstring>

#include "ops/convolution.h"

namespace tutti::cpu {

using launch::Extents;

/// Output rows [first, first + rows) of one unit, and what they see of the padded input.
template <class T>
struct Band {
  const Extents& conv;
  std::int64_t first, rows;

  /// Rows are moved in pieces of this size; the last one runs into memory that comes next.
  static constexpr std::int64_t piece = 32 / sizeof(T);

  std::int64_t width() const { return conv.w + 2 * conv.x.padding; }
  std::int64_t height() const { return (rows - 1) * conv.y.stride + conv.y.reach(); }
  std::int64_t top() const { return first * conv.y.stride - conv.y.padding; }
  std::int64_t pixels() const { return rows * conv.ow; }
  /// Elements of scratch for pad() and patches().
  std::int64_t padded_count() const { return conv.c * height() * width() + piece; }
  std::int64_t columns_count() const { return conv.patch() * pixels() + piece; }

  /// padded[c, height, width] = the image with its border of zeros.
  void pad(T* padded, const T* image) const {
    const std::int64_t border = conv.x.padding;
    for (std::int64_t c = 0; c < conv.c; ++c)
      for (std::int64_t y = top(); y < top() + height(); ++y, padded += width()) {
        if (y < 0 || y >= conv.h) {
          std::fill_n(padded, width(), T(0));
          continue;
        }
        std::fill_n(padded, border, T(0));
        std::copy_n(image + (c * conv.h + y) * conv.w, conv.w, padded + border);
        std::fill_n(padded + border + conv.w, border, T(0));
      }
  }

  /// image += the inner part of padded[c, height, width].
  void unpad(T* image, const T* padded) const {
    const std::int64_t begin = std::max<std::int64_t>(0, top());
    const std::int64_t end = std::min(conv.h, top() + height());
    for (std::int64_t c = 0; c < conv.c; ++c)
      for (std::int64_t y = begin; y < end; ++y) {
        T* to = image + (c * conv.h + y) * conv.w;
        const T* from = padded + (c * height() + y - top()) * width() + conv.x.padding;
#pragma omp simd
        for (std::int64_t x = 0; x < conv.w; ++x) to[x] += from[x];
      }
  }

  /// columns[patch, pixels] from padded.
  void patches(T* columns, const T* padded) const {
    const std::int64_t n = conv.ow, step = conv.x.stride, count = rows;
    each_run([=](std::int64_t tap, std::int64_t y, std::int64_t from) {
      T* to = columns + (tap * count + y) * n;
      if (step == 1) {
        for (std::int64_t x = 0; x < n; x += piece)
          std::memcpy(to + x, padded + from + x, piece * sizeof(T));
      } else {
        for (std::int64_t x = 0; x < n; ++x) to[x] = padded[from + x * step];
      }
    });
  }

  /// padded += columns, each element where patches() took it from.
  void add_patches(T* padded, const T* columns) const {
    const std::int64_t n = conv.ow, step = conv.x.stride, count = rows;
    each_run([=](std::int64_t tap, std::int64_t y, std::int64_t to) {
      const T* from = columns + (tap * count + y) * n;
      if (step == 1) {
#pragma omp simd
        for (std::int64_t x = 0; x < n; ++x) padded[to + x] += from[x];
      } else {
        for (std::int64_t x = 0; x < n; ++x) padded[to + x * step] += from[x];
      }
    });
  }

  /// f(tap, y, place): what the window of each pixel in row y of the band sees through element
  /// `tap` of the kernel lies in padded from `place` on, x.stride apart.
  template <class F>
  void each_run(F f) const {
    // Copies, since the compiler cannot tell that writing elements leaves the extents alone.
    const Extents extents = conv;
    const std::int64_t count = rows, plane = height() * width(), line = width();
    std::int64_t tap = 0;
    for (std::int64_t c = 0; c < extents.c; ++c)
      for (std::int64_t i = 0; i < extents.y.extent; ++i)
        for (std::int64_t j = 0; j < extents.x.extent; ++j, ++tap) {
          std::int64_t place = c * plane + i * extents.y.dilation * line + j * extents.x.dilation;
          for (std::int64_t y = 0; y < count; ++y, place += extents.y.stride * line)
            f(tap, y, place);
        }
  }
};

/// The bands of a unit: as few as keep a band's columns within the second cache.
template <class T>
struct Bands {
  explicit Bands(const Extents& extents) : conv(extents) {
    const std::int64_t row_bytes = conv.patch() * conv.ow * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t rows =
        std::clamp<std::int64_t>(cache_bytes / std::max<std::int64_t>(1, row_bytes), 1, conv.oh);
    count = (conv.oh + rows - 1) / rows;
    tallest = (conv.oh + count - 1) / count;
  }
  Band<T> operator[](std::int64_t i) const {
    std::int64_t begin = conv.oh * i / count;
    return {conv, begin, conv.oh * (i + 1) / count - begin};
  }
  Band<T> largest() const { return {conv, 0, tallest}; }

  static constexpr std::int64_t cache_bytes = 256 * 1024;
  Extents conv;
  std::int64_t count, tallest;
};

}  // namespace tutti::cpu
