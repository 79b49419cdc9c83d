// Max-pooling. The scatter is a gather by the saved places, without atomics.
#include <algorithm>
#include <cmath>

#include "launch.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

struct Planes {
  std::int64_t h, w, oh, ow;
  Window window;

  Planes(const Tensor& x, const Tensor& out, Window pool_window)
      : h(x.size(2)), w(x.size(3)), oh(out.size(2)), ow(out.size(3)), window(pool_window) {}
};

// The largest element of each window, the first of equals, NaN before all, and its place.
template <class T>
struct Pooling {
  T* out;
  std::int32_t* places;
  const T* x;
  Planes planes;

  __device__ void operator()(std::int64_t i) const {
    const auto& [h, w, oh, ow, window] = planes;
    const T* plane = x + i / (oh * ow) * h * w;
    const std::int64_t rest = i % (oh * ow);
    const std::int64_t top = rest / ow * window.stride - window.padding;
    const std::int64_t left = rest % ow * window.stride - window.padding;
    const std::int64_t bottom = std::min(top + window.height, h),
                       right = std::min(left + window.width, w);
    std::int64_t best = -1;
    for (std::int64_t y = std::max(top, std::int64_t{0}); y < bottom; ++y)
      for (std::int64_t column = std::max(left, std::int64_t{0}); column < right; ++column) {
        const std::int64_t here = y * w + column;
        const bool is_nan = best >= 0 && plane[best] != plane[best];
        if (best < 0 || (!is_nan && !(plane[here] <= plane[best]))) best = here;
      }
    out[i] = best < 0 ? static_cast<T>(-INFINITY) : plane[best];
    if (places) places[i] = static_cast<std::int32_t>(best);
  }
};

template <class T>
struct Gather {
  T* out;
  const T* values;
  const std::int32_t* places;
  std::int64_t windows, area;

  __device__ void operator()(std::int64_t i) const {
    out[i] = places[i] < 0 ? T(0) : values[i / windows * area + places[i]];
  }
};

// One thread for each place of the input: the sum over the windows that found it the largest.
template <class T>
struct Scatter {
  T* in;
  const T* g;
  const std::int32_t* places;
  Planes planes;

  __device__ void operator()(std::int64_t i) const {
    const Window& window = planes.window;
    const std::int64_t plane = i / (planes.h * planes.w), rest = i % (planes.h * planes.w);
    const std::int64_t y = rest / planes.w + window.padding, x = rest % planes.w + window.padding;
    T sum = 0;
    for (std::int64_t oy = first(y, window.height);
         oy <= std::min(y / window.stride, planes.oh - 1); ++oy)
      for (std::int64_t ox = first(x, window.width);
           ox <= std::min(x / window.stride, planes.ow - 1); ++ox) {
        const std::int64_t output = (plane * planes.oh + oy) * planes.ow + ox;
        if (places[output] == rest) sum += g[output];
      }
    in[i] = sum;
  }

 private:
  // The first window of `extent` that reaches `place`, counted in padded coordinates.
  __device__ std::int64_t first(std::int64_t place, std::int64_t extent) const {
    const std::int64_t stride = planes.window.stride;
    return place < extent ? 0 : (place - extent) / stride + 1;
  }
};

}  // namespace

void max_pool2d(CudaStream stream, const Tensor& out, const Tensor& places, const Tensor& x,
                Window window) {
  Tensor dense = x.contiguous();
  visit_float(x.dtype(), "max_pool2d", [&]<class T>() {
    cuda::for_each(
        "max_pool2d", stream, out.count(),
        Pooling<T>{out.mutable_data<T>(), places ? places.mutable_data<std::int32_t>() : nullptr,
                   dense.data<T>(), Planes(x, out, window)});
  });
}

void max_pool2d_gather(CudaStream stream, const Tensor& out, const Tensor& values,
                       const Tensor& places) {
  Tensor dense = values.contiguous();
  visit_float(values.dtype(), "max_pool2d_gather", [&]<class T>() {
    cuda::for_each("max_pool2d_gather", stream, out.count(),
                   Gather<T>{out.mutable_data<T>(), dense.data<T>(), places.data<std::int32_t>(),
                             out.size(2) * out.size(3), values.size(2) * values.size(3)});
  });
}

void max_pool2d_scatter(CudaStream stream, const Tensor& in, const Tensor& g, const Tensor& places,
                        Window window) {
  Tensor dense = g.contiguous();
  visit_float(g.dtype(), "max_pool2d_scatter", [&]<class T>() {
    cuda::for_each("max_pool2d_scatter", stream, in.count(),
                   Scatter<T>{in.mutable_data<T>(), dense.data<T>(), places.data<std::int32_t>(),
                              Planes(in, g, window)});
  });
}

}  // namespace tutti::launch
