// Convolutions of one channel with a few, without a matrix.
#pragma once

#include "im2col.h"
#include "warp.h"

namespace tutti::cuda {

/// out [units, o, pixels] = bias + the products with images [units, h, w]; i counts out's elements.
template <class T>
struct Depthwise {
  T* out;
  const T *images, *weights, *bias;
  Extents conv;

  __device__ void operator()(std::int64_t i) const {
    const std::int64_t ox = i % conv.ow, oy = i / conv.ow % conv.oh, row = i / conv.pixels();
    const std::int64_t channel = row % (conv.groups * conv.o);
    const T* image = images + row / conv.o * conv.image();
    const T* kernel = weights + channel * conv.patch();
    T sum = bias ? bias[channel] : T(0);
    for (std::int64_t ky = 0; ky < conv.y.extent; ++ky) {
      const std::int64_t y = oy * conv.y.stride - conv.y.padding + ky * conv.y.dilation;
      if (y < 0 || y >= conv.h) continue;
      for (std::int64_t kx = 0; kx < conv.x.extent; ++kx) {
        const std::int64_t x = ox * conv.x.stride - conv.x.padding + kx * conv.x.dilation;
        if (x >= 0 && x < conv.w) sum += kernel[ky * conv.x.extent + kx] * image[y * conv.w + x];
      }
    }
    out[i] = sum;
  }
};

/// images = the gradient by them, where out's is g; i counts the images' elements.
template <class T>
struct DepthwiseInput {
  T* images;
  const T *g, *weights;
  Extents conv;

  __device__ void operator()(std::int64_t i) const {
    const std::int64_t x = i % conv.w, y = i / conv.w % conv.h, unit = i / (conv.h * conv.w);
    T sum = 0;
    for (std::int64_t o = 0; o < conv.o; ++o) {
      const T* from = g + (unit * conv.o + o) * conv.pixels();
      const T* kernel = weights + (unit % conv.groups * conv.o + o) * conv.patch();
      for (std::int64_t ky = 0; ky < conv.y.extent; ++ky) {
        const std::int64_t oy = window_of(conv.y, conv.oh, y, ky);
        if (oy < 0) continue;
        for (std::int64_t kx = 0; kx < conv.x.extent; ++kx) {
          const std::int64_t ox = window_of(conv.x, conv.ow, x, kx);
          if (ox >= 0) sum += kernel[ky * conv.x.extent + kx] * from[oy * conv.ow + ox];
        }
      }
    }
    images[i] = sum;
  }
};

/// weights = the gradient by them, where out's is g: a warp for each of the weights.
template <class T>
struct DepthwiseWeight {
  T* weights;
  const T *g, *images;
  Extents conv;

  __device__ void operator()(std::int64_t i, Warp warp) const {
    const std::int64_t channel = i / conv.patch(), tap = i % conv.patch();
    const std::int64_t ky = tap / conv.x.extent, kx = tap % conv.x.extent;
    T sum = 0;
    for (std::int64_t k = warp.lane(); k < conv.n * conv.pixels(); k += warp_threads) {
      const std::int64_t sample = k / conv.pixels(), pixel = k % conv.pixels();
      const std::int64_t y =
          pixel / conv.ow * conv.y.stride - conv.y.padding + ky * conv.y.dilation;
      const std::int64_t x =
          pixel % conv.ow * conv.x.stride - conv.x.padding + kx * conv.x.dilation;
      if (y < 0 || y >= conv.h || x < 0 || x >= conv.w) continue;
      const std::int64_t unit = sample * conv.groups + channel / conv.o;
      sum += g[(sample * conv.groups * conv.o + channel) * conv.pixels() + pixel] *
             images[unit * conv.image() + y * conv.w + x];
    }
    sum = combine_lanes(warp, Sum{}, sum);
    if (warp.lane() == 0) weights[i] = sum;
  }
};

}  // namespace tutti::cuda
