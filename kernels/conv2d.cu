// Convolution and its two gradients as matrix products over im2col columns of many samples.
#include <algorithm>

#include "im2col.h"

namespace tutti::launch {
namespace {

using cuda::Convolution;

// Samples whose columns are held at a time. A function of the shapes alone, as the bits are.
std::int64_t samples_at_once(const Convolution& conv) {
  constexpr std::int64_t most_elements = std::int64_t{1} << 24;
  std::int64_t each = std::max<std::int64_t>(1, conv.patch() * conv.pixels());
  return std::clamp<std::int64_t>(most_elements / each, 1, conv.n);
}

// Calls f(first, samples) for each run of samples.
template <class F>
void each_run(const Convolution& conv, F f) {
  std::int64_t step = samples_at_once(conv);
  for (std::int64_t first = 0; first < conv.n; first += step)
    f(first, std::min(step, conv.n - first));
}

// The columns of images [first, first + samples).
template <class T>
Tensor columns_of(CudaStream stream, const Tensor& images, const Convolution& conv,
                  std::int64_t first, std::int64_t samples) {
  Tensor columns({conv.patch(), samples * conv.pixels()}, images.dtype(), images.device());
  cuda::for_each("im2col", stream, columns.count(),
                 cuda::ToColumns<T>{columns.mutable_data<T>(),
                                    images.data<T>() + first * conv.image(), samples, conv});
  return columns;
}

// Samples [first, first + samples) of out, as a view [o, samples, pixels].
Tensor by_channel(const Tensor& out, const Convolution& conv, std::int64_t first,
                  std::int64_t samples) {
  return out.slice(0, first, first + samples)
      .reshape({samples, conv.o, conv.pixels()})
      .transpose(0, 1);
}

// The same as a dense matrix [o, samples * pixels].
Tensor channel_rows(CudaStream stream, const Tensor& out, const Convolution& conv,
                    std::int64_t first, std::int64_t samples) {
  Tensor rows({conv.o, samples, conv.pixels()}, out.dtype(), out.device());
  copy(stream, rows, by_channel(out, conv, first, samples));
  return rows.reshape({conv.o, samples * conv.pixels()});
}

}  // namespace

void conv2d(CudaStream stream, const Tensor& out, const Tensor& in, const Tensor& w,
            Window window) {
  if (out.count() == 0) return;
  Convolution conv(in, out, window);
  Tensor images = in.contiguous(), weight = w.reshape({conv.o, conv.patch()});
  visit_float(out.dtype(), "conv2d", [&]<class T>() {
    each_run(conv, [&](std::int64_t first, std::int64_t samples) {
      Tensor columns = columns_of<T>(stream, images, conv, first, samples);
      Tensor rows({conv.o, samples * conv.pixels()}, out.dtype(), out.device());
      matmul(stream, rows, weight, columns, {});
      copy(stream, by_channel(out, conv, first, samples),
           rows.reshape({conv.o, samples, conv.pixels()}));
    });
  });
}

void conv2d_input(CudaStream stream, const Tensor& in, const Tensor& out, const Tensor& w,
                  Window window) {
  if (in.count() == 0) return;
  if (out.count() == 0) return fill(stream, in, 0);
  Convolution conv(in, out, window);
  Tensor gradient = out.contiguous(), weight = w.reshape({conv.o, conv.patch()});
  visit_float(out.dtype(), "conv2d_input", [&]<class T>() {
    each_run(conv, [&](std::int64_t first, std::int64_t samples) {
      Tensor rows = channel_rows(stream, gradient, conv, first, samples);
      Tensor columns({conv.patch(), samples * conv.pixels()}, in.dtype(), in.device());
      matmul(stream, columns, weight.transpose(0, 1), rows, {});
      cuda::for_each("col2im", stream, samples * conv.image(),
                     cuda::FromColumns<T>{in.mutable_data<T>() + first * conv.image(),
                                          columns.data<T>(), samples, conv});
    });
  });
}

void conv2d_weight(CudaStream stream, const Tensor& w, const Tensor& out, const Tensor& in,
                   Window window) {
  if (w.count() == 0) return;
  if (out.count() == 0) return fill(stream, w, 0);
  Convolution conv(in, out, window);
  Tensor images = in.contiguous(), gradient = out.contiguous();
  const std::int64_t step = samples_at_once(conv);
  Tensor partial({(conv.n + step - 1) / step, conv.o, conv.patch()}, w.dtype(), w.device());
  visit_float(out.dtype(), "conv2d_weight", [&]<class T>() {
    each_run(conv, [&](std::int64_t first, std::int64_t samples) {
      Tensor rows = channel_rows(stream, gradient, conv, first, samples);
      Tensor columns = columns_of<T>(stream, images, conv, first, samples);
      Tensor sum = partial.slice(0, first / step, first / step + 1);
      matmul(stream, sum.reshape({conv.o, conv.patch()}), rows, columns.transpose(0, 1), {});
    });
  });
  reduce(stream, Reduction::sum, w.reshape({1, conv.o, conv.patch()}), partial);
}

}  // namespace tutti::launch
