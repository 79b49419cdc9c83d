// A convolution of one channel with a few, as sums of shifted rows.
#pragma once

#include "im2col.h"

namespace tutti::cpu {

/// to[x] += factor * from[x * step] for n elements.
template <class T>
void add_row(T* to, const T* from, T factor, std::int64_t step, std::int64_t n) {
  if (step == 1) {
#pragma omp simd
    for (std::int64_t x = 0; x < n; ++x) to[x] += factor * from[x];
  } else {
    for (std::int64_t x = 0; x < n; ++x) to[x] += factor * from[x * step];
  }
}

/// to[x * step] += factor * from[x] for n elements.
template <class T>
void spread_row(T* to, const T* from, T factor, std::int64_t step, std::int64_t n) {
  if (step == 1) return add_row(to, from, factor, 1, n);
  for (std::int64_t x = 0; x < n; ++x) to[x * step] += factor * from[x];
}

template <class T>
T dot_row(const T* a, const T* b, std::int64_t step, std::int64_t n) {
  T sum = 0;
  if (step == 1) {
#pragma omp simd reduction(+ : sum)
    for (std::int64_t x = 0; x < n; ++x) sum += a[x] * b[x];
  } else {
    for (std::int64_t x = 0; x < n; ++x) sum += a[x] * b[x * step];
  }
  return sum;
}

/// out [o, rows of the band] += the products of kernel [o, taps] and padded.
template <class T>
void add_shifted(T* out, const T* kernel, const T* padded, const Band<T>& band) {
  const std::int64_t n = band.conv.ow, step = band.conv.x.stride, taps = band.conv.patch();
  for (std::int64_t o = 0; o < band.conv.o; ++o, out += band.conv.pixels(), kernel += taps)
    band.each_run([=](std::int64_t tap, std::int64_t y, std::int64_t place) {
      add_row(out + y * n, padded + place, kernel[tap], step, n);
    });
}

/// padded += the gradient by it, where out's is g.
template <class T>
void add_shifted_gradient(T* padded, const T* kernel, const T* g, const Band<T>& band) {
  const std::int64_t n = band.conv.ow, step = band.conv.x.stride, taps = band.conv.patch();
  for (std::int64_t o = 0; o < band.conv.o; ++o, g += band.conv.pixels(), kernel += taps)
    band.each_run([=](std::int64_t tap, std::int64_t y, std::int64_t place) {
      spread_row(padded + place, g + y * n, kernel[tap], step, n);
    });
}

/// kernel += the gradient by it, where out's is g.
template <class T>
void add_kernel_gradient(T* kernel, const T* g, const T* padded, const Band<T>& band) {
  const std::int64_t n = band.conv.ow, step = band.conv.x.stride, taps = band.conv.patch();
  for (std::int64_t o = 0; o < band.conv.o; ++o, g += band.conv.pixels(), kernel += taps)
    band.each_run([=](std::int64_t tap, std::int64_t y, std::int64_t place) {
      kernel[tap] += dot_row(g + y * n, padded + place, step, n);
    });
}

}  // namespace tutti::cpu
