// Patches of images as the columns of a matrix, and back.
#pragma once

#include "launch.h"
#include "tutti/cuda/grid.h"

namespace tutti::cuda {

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

  __host__ __device__ std::int64_t patch() const { return c * kh * kw; }
  __host__ __device__ std::int64_t pixels() const { return oh * ow; }
  __host__ __device__ std::int64_t image() const { return c * h * w; }
};

/// columns [patch, samples * pixels] of the images [samples, c, h, w]; i counts columns' elements.
template <class T>
struct ToColumns {
  T* columns;
  const T* images;
  std::int64_t samples;
  Convolution conv;

  __device__ void operator()(std::int64_t i) const {
    std::int64_t row = i / (samples * conv.pixels()), column = i % (samples * conv.pixels());
    std::int64_t sample = column / conv.pixels(), pixel = column % conv.pixels();
    std::int64_t c = row / (conv.kh * conv.kw), place = row % (conv.kh * conv.kw);
    std::int64_t y = pixel / conv.ow * conv.stride - conv.padding + place / conv.kw;
    std::int64_t x = pixel % conv.ow * conv.stride - conv.padding + place % conv.kw;
    bool inside = y >= 0 && y < conv.h && x >= 0 && x < conv.w;
    columns[i] = inside ? images[((sample * conv.c + c) * conv.h + y) * conv.w + x] : T(0);
  }
};

/// images [samples, c, h, w] = the sum of the columns' elements that ToColumns took from each
/// place, in the order of the kernel's places; i counts the images' elements.
template <class T>
struct FromColumns {
  T* images;
  const T* columns;
  std::int64_t samples;
  Convolution conv;

  __device__ void operator()(std::int64_t i) const {
    std::int64_t x = i % conv.w + conv.padding, y = i / conv.w % conv.h + conv.padding;
    std::int64_t c = i / (conv.h * conv.w) % conv.c, sample = i / conv.image();
    T sum = 0;
    for (std::int64_t ky = 0; ky < conv.kh; ++ky)
      for (std::int64_t kx = 0; kx < conv.kw; ++kx) {
        std::int64_t down = y - ky, across = x - kx;
        if (down < 0 || across < 0 || down % conv.stride || across % conv.stride) continue;
        std::int64_t oy = down / conv.stride, ox = across / conv.stride;
        if (oy >= conv.oh || ox >= conv.ow) continue;
        std::int64_t row = (c * conv.kh + ky) * conv.kw + kx;
        sum += columns[(row * samples + sample) * conv.pixels() + oy * conv.ow + ox];
      }
    images[i] = sum;
  }
};

}  // namespace tutti::cuda
