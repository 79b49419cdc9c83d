// Patches of an image as the columns of a matrix, and back.
#pragma once

#include <algorithm>
#include <cstring>

#include "launch.h"

namespace tutti::cpu {

/// The extents of a convolution: in [n, c, h, w], w [o, c, kh, kw], out [n, o, oh, ow].
struct Convolution {
  std::int64_t n, c, h, w, o, kh, kw, oh, ow, stride, padding;

  Convolution(const Tensor& in, const Tensor& out, const launch::Window& window)
      : n(in.size(0)),
        c(in.size(1)),
        h(in.size(2)),
        w(in.size(3)),
        o(out.size(1)),
        kh(window.height),
        kw(window.width),
        oh(out.size(2)),
        ow(out.size(3)),
        stride(window.stride),
        padding(window.padding) {}

  std::int64_t patch() const { return c * kh * kw; }
  std::int64_t pixels() const { return oh * ow; }
  std::int64_t image() const { return c * h * w; }
  std::int64_t weights() const { return o * patch(); }
};

/// Output rows [first, first + rows) of one sample, and what they see of the padded input.
template <class T>
struct Band {
  const Convolution& conv;
  std::int64_t first, rows;

  /// Rows are moved in pieces of this size; the last one runs into memory that comes next.
  static constexpr std::int64_t piece = 32 / sizeof(T);

  std::int64_t width() const { return conv.w + 2 * conv.padding; }
  std::int64_t height() const { return (rows - 1) * conv.stride + conv.kh; }
  std::int64_t top() const { return first * conv.stride - conv.padding; }
  std::int64_t pixels() const { return rows * conv.ow; }
  /// Elements of scratch for pad() and patches().
  std::int64_t padded_count() const { return conv.c * height() * width() + piece; }
  std::int64_t columns_count() const { return conv.patch() * pixels() + piece; }

  /// padded[c, height, width] = the image with its border of zeros.
  void pad(T* padded, const T* image) const {
    for (std::int64_t c = 0; c < conv.c; ++c)
      for (std::int64_t y = top(); y < top() + height(); ++y, padded += width()) {
        if (y < 0 || y >= conv.h) {
          std::fill_n(padded, width(), T(0));
          continue;
        }
        std::fill_n(padded, conv.padding, T(0));
        std::copy_n(image + (c * conv.h + y) * conv.w, conv.w, padded + conv.padding);
        std::fill_n(padded + conv.padding + conv.w, conv.padding, T(0));
      }
  }

  /// image += the inner part of padded[c, height, width].
  void unpad(T* image, const T* padded) const {
    const std::int64_t begin = std::max<std::int64_t>(0, top());
    const std::int64_t end = std::min(conv.h, top() + height());
    for (std::int64_t c = 0; c < conv.c; ++c)
      for (std::int64_t y = begin; y < end; ++y) {
        T* to = image + (c * conv.h + y) * conv.w;
        const T* from = padded + (c * height() + y - top()) * width() + conv.padding;
#pragma omp simd
        for (std::int64_t x = 0; x < conv.w; ++x) to[x] += from[x];
      }
  }

  /// columns[patch, pixels] from padded.
  void patches(T* columns, const T* padded) const {
    const std::int64_t n = conv.ow, step = conv.stride;
    each_run([=](std::int64_t at, std::int64_t from) {
      T* to = columns + at;
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
    const std::int64_t n = conv.ow, step = conv.stride;
    each_run([=](std::int64_t at, std::int64_t to) {
      const T* from = columns + at;
      if (step == 1) {
#pragma omp simd
        for (std::int64_t x = 0; x < n; ++x) padded[to + x] += from[x];
      } else {
        for (std::int64_t x = 0; x < n; ++x) padded[to + x * step] += from[x];
      }
    });
  }

 private:
  /// f(place in columns, place in padded) for every run of ow pixels.
  template <class F>
  void each_run(F f) const {
    // Copies, since the compiler cannot tell that writing elements leaves the extents alone.
    const Convolution extents = conv;
    const std::int64_t count = rows, plane = height() * width(), line = width();
    std::int64_t at = 0;
    for (std::int64_t c = 0; c < extents.c; ++c)
      for (std::int64_t i = 0; i < extents.kh; ++i)
        for (std::int64_t j = 0; j < extents.kw; ++j) {
          std::int64_t place = c * plane + i * line + j;
          for (std::int64_t y = 0; y < count; ++y, at += extents.ow, place += extents.stride * line)
            f(at, place);
        }
  }
};

/// The bands of a sample: as few as keep a band's columns within the second cache.
template <class T>
struct Bands {
  explicit Bands(const Convolution& convolution) : conv(convolution) {
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
  Convolution conv;
  std::int64_t count, tallest;
};

}  // namespace tutti::cpu
