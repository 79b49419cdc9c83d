// Convolution and its two gradients as matrix products over bands of im2col columns.
#include "gemm.h"
#include "im2col.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

using cpu::Convolution;
using cpu::gemm;
using cpu::Update;

// A worker's scratch: the padded band, then its columns.
template <class T>
struct ConvScratch {
  ConvScratch(const cpu::Band<T>& band, const Device& device)
      : padded_count(band.padded_count()), scratch(device, padded_count + band.columns_count()) {}
  T* padded(int worker) const { return scratch.of(worker); }
  T* columns(int worker) const { return scratch.of(worker) + padded_count; }

  std::int64_t padded_count;
  cpu::Scratch<T> scratch;
};

// Partial gradients of w: at most 16, and no more than 64 MiB of them.
std::int64_t weight_chunks(const Convolution& conv, std::size_t element) {
  std::int64_t bytes =
      std::max<std::int64_t>(1, conv.weights()) * static_cast<std::int64_t>(element);
  std::int64_t most = std::clamp<std::int64_t>((std::int64_t{64} << 20) / bytes, 1, 16);
  std::int64_t samples = std::max<std::int64_t>(
      1, cpu::grain / std::max<std::int64_t>(1, (conv.patch() + conv.o) * conv.pixels()));
  return std::clamp<std::int64_t>(conv.n / samples, 1, most);
}

}  // namespace

void conv2d(CpuStream, const Tensor& out, const Tensor& in, const Tensor& w, Window window) {
  if (out.count() == 0) return;
  Convolution conv(in, out, window);
  Tensor images = in.contiguous(), weight = w.contiguous();
  visit_float(out.dtype(), "conv2d", [&]<class T>() {
    cpu::Bands<T> bands(conv);
    ConvScratch<T> scratch(bands.largest(), out.device());
    const T* x = images.data<T>();
    const T* kernel = weight.data<T>();
    T* result = out.mutable_data<T>();
    std::int64_t cost = (conv.patch() + conv.o) * bands.largest().pixels();
    cpu::for_chunks(conv.n * bands.count, cost, [&](std::int64_t i, std::int64_t end, int worker) {
      for (; i < end; ++i) {
        const std::int64_t sample = i / bands.count;
        const cpu::Band<T> band = bands[i % bands.count];
        T* columns = scratch.columns(worker);
        band.pad(scratch.padded(worker), x + sample * conv.image());
        band.patches(columns, scratch.padded(worker));
        gemm(Update::store, result + sample * conv.o * conv.pixels() + band.first * conv.ow,
             conv.pixels(), {kernel, conv.patch(), 1}, {columns, band.pixels(), 1}, conv.o,
             band.pixels(), conv.patch());
      }
    });
  });
}

void conv2d_input(CpuStream, const Tensor& in, const Tensor& out, const Tensor& w, Window window) {
  if (out.count() == 0) return in.fill(0);
  Convolution conv(in, out, window);
  Tensor gradient = out.contiguous(), weight = w.contiguous();
  visit_float(out.dtype(), "conv2d_input", [&]<class T>() {
    cpu::Bands<T> bands(conv);
    ConvScratch<T> scratch(bands.largest(), in.device());
    const T* g = gradient.data<T>();
    const T* kernel = weight.data<T>();
    T* images = in.mutable_data<T>();
    std::int64_t cost = (conv.patch() + conv.o) * conv.pixels();
    cpu::for_chunks(conv.n, cost, [&](std::int64_t sample, std::int64_t end, int worker) {
      for (; sample < end; ++sample) {
        T* image = images + sample * conv.image();
        std::fill_n(image, conv.image(), T(0));
        for (std::int64_t i = 0; i < bands.count; ++i) {
          const cpu::Band<T> band = bands[i];
          T* padded = scratch.padded(worker);
          T* columns = scratch.columns(worker);
          gemm(Update::store, columns, band.pixels(), {kernel, 1, conv.patch()},
               {g + sample * conv.o * conv.pixels() + band.first * conv.ow, conv.pixels(), 1},
               conv.patch(), band.pixels(), conv.o);
          std::fill_n(padded, band.padded_count(), T(0));
          band.add_patches(padded, columns);
          band.unpad(image, padded);
        }
      }
    });
  });
}

void conv2d_weight(CpuStream, const Tensor& w, const Tensor& out, const Tensor& in, Window window) {
  if (out.count() == 0) return w.fill(0);
  Convolution conv(in, out, window);
  Tensor images = in.contiguous(), gradient = out.contiguous();
  visit_float(out.dtype(), "conv2d_weight", [&]<class T>() {
    cpu::Bands<T> bands(conv);
    ConvScratch<T> scratch(bands.largest(), w.device());
    const std::int64_t chunks = weight_chunks(conv, sizeof(T)), count = conv.weights();
    Buffer buffer(static_cast<std::size_t>((chunks - 1) * count) * sizeof(T), w.device());
    const T* x = images.data<T>();
    const T* g = gradient.data<T>();
    T* result = w.mutable_data<T>();
    T* partials = static_cast<T*>(buffer.data());  // of the chunks from 1 on; chunk 0 has w itself
    parallel_for(chunks, [&](std::int64_t chunk, int worker) {
      T* sum = chunk == 0 ? result : partials + (chunk - 1) * count;
      Update update = Update::store;
      for (std::int64_t sample = conv.n * chunk / chunks; sample < conv.n * (chunk + 1) / chunks;
           ++sample)
        for (std::int64_t i = 0; i < bands.count; ++i) {
          const cpu::Band<T> band = bands[i];
          T* columns = scratch.columns(worker);
          band.pad(scratch.padded(worker), x + sample * conv.image());
          band.patches(columns, scratch.padded(worker));
          gemm(update, sum, conv.patch(),
               {g + sample * conv.o * conv.pixels() + band.first * conv.ow, conv.pixels(), 1},
               {columns, 1, band.pixels()}, conv.o, conv.patch(), band.pixels());
          update = Update::add;
        }
    });
    if (chunks == 1) return;
    cpu::for_chunks(count, chunks, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t chunk = 1; chunk < chunks; ++chunk) {
        const T* part = partials + (chunk - 1) * count;
#pragma omp simd
        for (std::int64_t i = begin; i < end; ++i) result[i] += part[i];
      }
    });
  });
}

}  // namespace tutti::launch
