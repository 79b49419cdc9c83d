// Max-pooling. A window's largest element is looked for again where it is needed, so that the
// scatter can be a gather without atomics.
#include <algorithm>

#include "launch.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

template <class T>
struct Pooling {
  const T* x;  // planes [h, w]
  std::int64_t h, w, oh, ow;
  Window window;

  Pooling(const Tensor& x, const Tensor& out, Window window)
      : x(x.data<T>()),
        h(x.size(2)),
        w(x.size(3)),
        oh(out.size(2)),
        ow(out.size(3)),
        window(window) {}

  // Where in x the largest element of output i lies: the first of equals, NaN before all. -1 for a
  // window that holds padding alone.
  __device__ std::int64_t largest(std::int64_t i) const {
    std::int64_t plane = i / (oh * ow), rest = i % (oh * ow);
    std::int64_t top = rest / ow * window.stride - window.padding;
    std::int64_t left = rest % ow * window.stride - window.padding;
    std::int64_t bottom = std::min(top + window.height, h),
                 right = std::min(left + window.width, w);
    std::int64_t best = -1;
    for (std::int64_t y = std::max(top, std::int64_t{0}); y < bottom; ++y)
      for (std::int64_t column = std::max(left, std::int64_t{0}); column < right; ++column) {
        std::int64_t here = (plane * h + y) * w + column;
        if (x[here] != x[here]) return here;
        if (best < 0 || x[here] > x[best]) best = here;
      }
    return best;
  }
};

// out = `values` at the place of each window's largest element; values is x for pooling itself.
template <class T>
struct Gather {
  T* out;
  const T* values;
  Pooling<T> pooling;

  __device__ void operator()(std::int64_t i) const {
    std::int64_t place = pooling.largest(i);
    out[i] = place < 0 ? T(0) : values[place];
  }
};

// One thread for each place of the input: the sum over the windows that found it the largest.
template <class T>
struct Scatter {
  T* in;
  const T* g;
  Pooling<T> pooling;

  __device__ void operator()(std::int64_t i) const {
    const Window& window = pooling.window;
    std::int64_t plane = i / (pooling.h * pooling.w), rest = i % (pooling.h * pooling.w);
    std::int64_t y = rest / pooling.w + window.padding, x = rest % pooling.w + window.padding;
    T sum = 0;
    for (std::int64_t oy = first(y, window.height);
         oy <= std::min(y / window.stride, pooling.oh - 1); ++oy)
      for (std::int64_t ox = first(x, window.width);
           ox <= std::min(x / window.stride, pooling.ow - 1); ++ox) {
        std::int64_t output = (plane * pooling.oh + oy) * pooling.ow + ox;
        if (pooling.largest(output) == i) sum += g[output];
      }
    in[i] = sum;
  }

 private:
  // The first window of `extent` that reaches `place`, counted in padded coordinates.
  __device__ std::int64_t first(std::int64_t place, std::int64_t extent) const {
    std::int64_t stride = pooling.window.stride;
    return place < extent ? 0 : (place - extent) / stride + 1;
  }
};

}  // namespace

void max_pool2d_gather(CudaStream stream, const Tensor& out, const Tensor& values, const Tensor& x,
                       Window window) {
  Tensor dense = x.contiguous(), dense_values = values.contiguous();
  visit_float(x.dtype(), "max_pool2d", [&]<class T>() {
    cuda::for_each(
        "max_pool2d", stream, out.count(),
        Gather<T>{out.mutable_data<T>(), dense_values.data<T>(), Pooling<T>(dense, out, window)});
  });
}

void max_pool2d(CudaStream stream, const Tensor& out, const Tensor& x, Window window) {
  max_pool2d_gather(stream, out, x, x, window);
}

void max_pool2d_scatter(CudaStream stream, const Tensor& in, const Tensor& g, const Tensor& x,
                        Window window) {
  Tensor dense = x.contiguous(), dense_g = g.contiguous();
  visit_float(x.dtype(), "max_pool2d_scatter", [&]<class T>() {
    cuda::for_each(
        "max_pool2d_scatter", stream, in.count(),
        Scatter<T>{in.mutable_data<T>(), dense_g.data<T>(), Pooling<T>(dense, g, window)});
  });
}

}  // namespace tutti::launch
