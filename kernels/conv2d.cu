// Convolution and its two gradients as matrix products over im2col columns of many samples, a
// product for each group; or directly.
#include <algorithm>

#include "depthwise.h"

namespace tutti::launch {
namespace {

// Samples whose columns are held at a time. A function of the shapes alone, as the bits are.
std::int64_t samples_at_once(const Extents& conv) {
  constexpr std::int64_t most_elements = std::int64_t{1} << 24;
  std::int64_t each = std::max<std::int64_t>(1, conv.groups * conv.patch() * conv.pixels());
  return std::clamp<std::int64_t>(most_elements / each, 1, conv.n);
}

// Calls f(first, samples) for each run of samples.
template <class F>
void each_run(const Extents& conv, F f) {
  std::int64_t step = samples_at_once(conv);
  for (std::int64_t first = 0; first < conv.n; first += step)
    f(first, std::min(step, conv.n - first));
}

// The columns of images [first, first + samples): [groups, patch, samples * pixels].
template <class T>
Tensor columns_of(CudaStream stream, const Tensor& images, const Extents& conv, std::int64_t first,
                  std::int64_t samples) {
  Tensor columns({conv.groups, conv.patch(), samples * conv.pixels()}, images.dtype(),
                 images.device());
  cuda::for_each(
      "im2col", stream, columns.count(),
      cuda::ToColumns<T>{columns.mutable_data<T>(),
                         images.data<T>() + first * conv.groups * conv.image(), samples, conv});
  return columns;
}

// Samples [first, first + samples) of out as dense rows [groups, o, samples * pixels].
Tensor channel_rows(CudaStream stream, const Tensor& out, const Extents& conv, std::int64_t first,
                    std::int64_t samples) {
  Tensor rows({conv.groups * conv.o, samples, conv.pixels()}, out.dtype(), out.device());
  copy(stream, rows,
       out.slice(0, first, first + samples)
           .reshape({samples, conv.groups * conv.o, conv.pixels()})
           .transpose(0, 1));
  return rows.reshape({conv.groups, conv.o, samples * conv.pixels()});
}

// The way back: out [samples, channels, pixels] = rows [channels, samples, pixels] + bias, where
// there is one; i counts out's elements.
template <class T>
struct FromRows {
  T* out;
  const T *rows, *bias;
  std::int64_t samples, channels, pixels;

  __device__ void operator()(std::int64_t i) const {
    const std::int64_t pixel = i % pixels, channel = i / pixels % channels;
    const std::int64_t sample = i / (pixels * channels);
    const T value = rows[(channel * samples + sample) * pixels + pixel];
    out[i] = bias ? value + bias[channel] : value;
  }
};

}  // namespace

void conv2d(CudaStream stream, const Tensor& out, const Tensor& in, const Tensor& w,
            const Tensor& bias, Window window) {
  if (out.count() == 0) return;
  Extents conv(in, w, out, window);
  visit_float(out.dtype(), "conv2d", [&]<class T>() {
    const T* offsets = bias ? bias.data<T>() : nullptr;
    T* result = out.mutable_data<T>();
    if (conv.depthwise())
      return cuda::for_each("conv2d", stream, out.count(),
                            cuda::Depthwise<T>{result, in.data<T>(), w.data<T>(), offsets, conv});
    Tensor weight = w.reshape({conv.groups, conv.o, conv.patch()});
    const std::int64_t channels = conv.groups * conv.o, each = channels * conv.pixels();
    each_run(conv, [&](std::int64_t first, std::int64_t samples) {
      Tensor columns = columns_of<T>(stream, in, conv, first, samples);
      Tensor rows({conv.groups, conv.o, samples * conv.pixels()}, out.dtype(), out.device());
      matmul(stream, rows, weight, columns, {});
      cuda::for_each("conv2d", stream, samples * each,
                     FromRows<T>{result + first * each, rows.data<T>(), offsets, samples, channels,
                                 conv.pixels()});
    });
  });
}

void conv2d_input(CudaStream stream, const Tensor& in, const Tensor& out, const Tensor& w,
                  Window window) {
  if (in.count() == 0) return;
  if (out.count() == 0) return fill(stream, in, 0);
  Extents conv(in, w, out, window);
  visit_float(out.dtype(), "conv2d_input", [&]<class T>() {
    T* images = in.mutable_data<T>();
    if (conv.depthwise())
      return cuda::for_each("conv2d_input", stream, in.count(),
                            cuda::DepthwiseInput<T>{images, out.data<T>(), w.data<T>(), conv});
    Tensor weight = w.reshape({conv.groups, conv.o, conv.patch()}).transpose(1, 2);
    const std::int64_t each = conv.groups * conv.image();
    each_run(conv, [&](std::int64_t first, std::int64_t samples) {
      Tensor rows = channel_rows(stream, out, conv, first, samples);
      Tensor columns({conv.groups, conv.patch(), samples * conv.pixels()}, in.dtype(), in.device());
      matmul(stream, columns, weight, rows, {});
      cuda::for_each("col2im", stream, samples * each,
                     cuda::FromColumns<T>{images + first * each, columns.data<T>(), samples, conv});
    });
  });
}

void conv2d_weight(CudaStream stream, const Tensor& w, const Tensor& out, const Tensor& in,
                   Window window) {
  if (w.count() == 0) return;
  if (out.count() == 0) return fill(stream, w, 0);
  Extents conv(in, w, out, window);
  visit_float(out.dtype(), "conv2d_weight", [&]<class T>() {
    if (conv.depthwise())
      return cuda::for_each_warp(
          "conv2d_weight", stream, w.count(),
          cuda::DepthwiseWeight<T>{w.mutable_data<T>(), out.data<T>(), in.data<T>(), conv});
    const std::int64_t step = samples_at_once(conv);
    const Shape each{conv.groups, conv.o, conv.patch()};
    Tensor partial({(conv.n + step - 1) / step, w.count()}, w.dtype(), w.device());
    each_run(conv, [&](std::int64_t first, std::int64_t samples) {
      Tensor rows = channel_rows(stream, out, conv, first, samples);
      Tensor columns = columns_of<T>(stream, in, conv, first, samples);
      matmul(stream, partial[first / step].reshape(each), rows, columns.transpose(1, 2), {});
    });
    reduce(stream, Reduction::sum, w.reshape({1, w.count()}), partial);
  });
}

}  // namespace tutti::launch
