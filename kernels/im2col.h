// Patches of images as the columns of a matrix, and back.
#pragma once

#include "ops/convolution.h"
#include "tutti/cuda/grid.h"

namespace tutti::cuda {

using launch::Extents;

/// columns [groups * patch, samples * pixels] of the images [samples, groups * c, h, w]; i counts
/// columns' elements.
template <class T>
struct ToColumns {
  T* columns;
  const T* images;
  std::int64_t samples;
  Extents conv;

  __device__ void operator()(std::int64_t i) const {
    std::int64_t row = i / (samples * conv.pixels()), column = i % (samples * conv.pixels());
    std::int64_t sample = column / conv.pixels(), pixel = column % conv.pixels();
    std::int64_t taps = conv.y.extent * conv.x.extent, c = row / taps, tap = row % taps;
    std::int64_t y =
        pixel / conv.ow * conv.y.stride - conv.y.padding + tap / conv.x.extent * conv.y.dilation;
    std::int64_t x =
        pixel % conv.ow * conv.x.stride - conv.x.padding + tap % conv.x.extent * conv.x.dilation;
    bool inside = y >= 0 && y < conv.h && x >= 0 && x < conv.w;
    columns[i] =
        inside ? images[((sample * conv.groups * conv.c + c) * conv.h + y) * conv.w + x] : T(0);
  }
};

/// The window along an axis whose element `tap` is `at`; -1 where there is none.
__device__ inline std::int64_t window_of(const WindowAxis& axis, std::int64_t count,
                                         std::int64_t at, std::int64_t tap) {
  std::int64_t place = at + axis.padding - tap * axis.dilation;
  if (place < 0 || place % axis.stride) return -1;
  return place / axis.stride < count ? place / axis.stride : -1;
}

/// images [samples, groups * c, h, w] = the sum of the columns' elements that ToColumns took from
/// each place, in the order of the kernel's places; i counts the images' elements.
template <class T>
struct FromColumns {
  T* images;
  const T* columns;
  std::int64_t samples;
  Extents conv;

  __device__ void operator()(std::int64_t i) const {
    std::int64_t x = i % conv.w, y = i / conv.w % conv.h, plane = i / (conv.h * conv.w);
    std::int64_t channels = conv.groups * conv.c, c = plane % channels, sample = plane / channels;
    T sum = 0;
    for (std::int64_t ky = 0; ky < conv.y.extent; ++ky) {
      const std::int64_t oy = window_of(conv.y, conv.oh, y, ky);
      if (oy < 0) continue;
      for (std::int64_t kx = 0; kx < conv.x.extent; ++kx) {
        const std::int64_t ox = window_of(conv.x, conv.ow, x, kx);
        if (ox < 0) continue;
        std::int64_t row = (c * conv.y.extent + ky) * conv.x.extent + kx;
        sum += columns[(row * samples + sample) * conv.pixels() + oy * conv.ow + ox];
      }
    }
    images[i] = sum;
  }
};

}  // namespace tutti::cuda
