// Convolution and its two gradients as matrix products over bands of im2col columns, or directly.
#include "conv2d_tiles.h"
#include "depthwise.h"
#include "gemm.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

using cpu::gemm;
using cpu::Update;

// A worker's scratch: the padded band, then its columns.
template <class T>
struct ConvScratch {
  ConvScratch(const cpu::Band<T>& band, const Device& device, std::int64_t tasks)
      : padded_count(band.padded_count()),
        scratch(device, padded_count + band.columns_count(), tasks) {}
  T* padded(int worker) const { return scratch.of(worker); }
  T* columns(int worker) const { return scratch.of(worker) + padded_count; }

  std::int64_t padded_count;
  cpu::Scratch<T> scratch;
};

// Partial gradients of w: at most 16, and no more than 64 MiB of them.
std::int64_t weight_chunks(const Extents& conv, std::size_t element) {
  std::int64_t bytes =
      std::max<std::int64_t>(1, conv.groups * conv.weights()) * static_cast<std::int64_t>(element);
  std::int64_t most = std::clamp<std::int64_t>((std::int64_t{64} << 20) / bytes, 1, 16);
  std::int64_t samples = std::max<std::int64_t>(
      1, cpu::grain / std::max<std::int64_t>(1, (conv.patch() + conv.o) * conv.pixels()));
  return std::clamp<std::int64_t>(conv.n / samples, 1, most);
}

// result += the sums of chunks 1 to chunks - 1.
template <class T>
void add_partials(T* result, const T* partials, std::int64_t chunks, std::int64_t count) {
  if (chunks == 1) return;
  cpu::for_chunks(count, chunks, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t chunk = 1; chunk < chunks; ++chunk) {
      const T* part = partials + (chunk - 1) * count;
#pragma omp simd
      for (std::int64_t i = begin; i < end; ++i) result[i] += part[i];
    }
  });
}

}  // namespace

void conv2d(CpuStream, const Tensor& out, const Tensor& in, const Tensor& w, const Tensor& bias,
            Window window) {
  if (out.count() == 0) return;
  Extents conv(in, w, out, window);
  visit_float(out.dtype(), "conv2d", [&]<class T>() {
    const T *x = in.data<T>(), *weights = w.data<T>();
    const T* offsets = bias ? bias.data<T>() : nullptr;
    T* results = out.mutable_data<T>();
    if constexpr (std::same_as<T, float>)
      if (cpu::output_by_tiles(conv, results, x, weights, offsets, out.device())) return;
    cpu::Bands<T> bands(conv);
    ConvScratch<T> scratch(bands.largest(), out.device(), conv.units() * bands.count);
    const bool add = offsets || conv.depthwise();
    std::int64_t cost = (conv.patch() + conv.o) * bands.largest().pixels();
    cpu::for_chunks(conv.units() * bands.count, cost,
                    [&](std::int64_t i, std::int64_t end, int worker) {
                      for (; i < end; ++i) {
                        const std::int64_t unit = i / bands.count, group = unit % conv.groups;
                        const cpu::Band<T> band = bands[i % bands.count];
                        const T* kernel = weights + group * conv.weights();
                        T* result = results + unit * conv.o * conv.pixels() + band.first * conv.ow;
                        T *padded = scratch.padded(worker), *columns = scratch.columns(worker);
                        if (add)
                          for (std::int64_t o = 0; o < conv.o; ++o)
                            std::fill_n(result + o * conv.pixels(), band.pixels(),
                                        offsets ? offsets[group * conv.o + o] : T(0));
                        band.pad(padded, x + unit * conv.image());
                        if (conv.depthwise()) {
                          add_shifted(result, kernel, padded, band);
                          continue;
                        }
                        band.patches(columns, padded);
                        gemm(add ? Update::add : Update::store, result, conv.pixels(),
                             {kernel, conv.patch(), 1}, {columns, band.pixels(), 1}, conv.o,
                             band.pixels(), conv.patch());
                      }
                    });
  });
}

void conv2d_input(CpuStream, const Tensor& in, const Tensor& out, const Tensor& w, Window window) {
  if (out.count() == 0) return in.fill(0);
  Extents conv(in, w, out, window);
  visit_float(out.dtype(), "conv2d_input", [&]<class T>() {
    const T *gradient = out.data<T>(), *weights = w.data<T>();
    T* images = in.mutable_data<T>();
    if constexpr (std::same_as<T, float>)
      if (cpu::input_by_tiles(conv, images, gradient, weights, in.device())) return;
    cpu::Bands<T> bands(conv);
    ConvScratch<T> scratch(bands.largest(), in.device(), conv.units());
    std::int64_t cost = (conv.patch() + conv.o) * conv.pixels();
    cpu::for_chunks(conv.units(), cost, [&](std::int64_t unit, std::int64_t end, int worker) {
      for (; unit < end; ++unit) {
        T* image = images + unit * conv.image();
        const T* kernel = weights + unit % conv.groups * conv.weights();
        std::fill_n(image, conv.image(), T(0));
        for (std::int64_t i = 0; i < bands.count; ++i) {
          const cpu::Band<T> band = bands[i];
          const T* g = gradient + unit * conv.o * conv.pixels() + band.first * conv.ow;
          T *padded = scratch.padded(worker), *columns = scratch.columns(worker);
          std::fill_n(padded, band.padded_count(), T(0));
          if (conv.depthwise()) {
            add_shifted_gradient(padded, kernel, g, band);
          } else {
            gemm(Update::store, columns, band.pixels(), {kernel, 1, conv.patch()},
                 {g, conv.pixels(), 1}, conv.patch(), band.pixels(), conv.o);
            band.add_patches(padded, columns);
          }
          band.unpad(image, padded);
        }
      }
    });
  });
}

void conv2d_weight(CpuStream, const Tensor& w, const Tensor& out, const Tensor& in, Window window) {
  if (out.count() == 0) return w.fill(0);
  Extents conv(in, w, out, window);
  visit_float(out.dtype(), "conv2d_weight", [&]<class T>() {
    const std::int64_t chunks = weight_chunks(conv, sizeof(T)), count = w.count();
    Buffer buffer(static_cast<std::size_t>((chunks - 1) * count) * sizeof(T), w.device());
    const T *x = in.data<T>(), *gradient = out.data<T>();
    T* result = w.mutable_data<T>();
    T* partials = static_cast<T*>(buffer.data());  // of the chunks from 1 on; chunk 0 has w itself
    if constexpr (std::same_as<T, float>)
      if (cpu::weight_by_tiles(conv, chunks, result, partials, gradient, x, w.device()))
        return add_partials(result, partials, chunks, count);
    cpu::Bands<T> bands(conv);
    ConvScratch<T> scratch(bands.largest(), w.device(), chunks * conv.groups);
    auto add_samples = [&](std::int64_t chunk, std::int64_t group, int worker) {
      T* sum = (chunk == 0 ? result : partials + (chunk - 1) * count) + group * conv.weights();
      Update update = Update::store;
      if (conv.depthwise()) std::fill_n(sum, conv.weights(), T(0));
      for (std::int64_t sample = conv.n * chunk / chunks; sample < conv.n * (chunk + 1) / chunks;
           ++sample)
        for (std::int64_t i = 0; i < bands.count; ++i) {
          const std::int64_t unit = sample * conv.groups + group;
          const cpu::Band<T> band = bands[i];
          const T* g = gradient + unit * conv.o * conv.pixels() + band.first * conv.ow;
          T *padded = scratch.padded(worker), *columns = scratch.columns(worker);
          band.pad(padded, x + unit * conv.image());
          if (conv.depthwise()) {
            add_kernel_gradient(sum, g, padded, band);
            continue;
          }
          band.patches(columns, padded);
          gemm(update, sum, conv.patch(), {g, conv.pixels(), 1}, {columns, 1, band.pixels()},
               conv.o, conv.patch(), band.pixels());
          update = Update::add;
        }
    };
    const std::int64_t cost = conv.n / chunks * (conv.patch() + conv.o) * conv.pixels();
    cpu::for_chunks(chunks * conv.groups, cost, [&](std::int64_t i, std::int64_t end, int worker) {
      for (; i < end; ++i) add_samples(i / conv.groups, i % conv.groups, worker);
    });
    add_partials(result, partials, chunks, count);
  });
}

}  // namespace tutti::launch
