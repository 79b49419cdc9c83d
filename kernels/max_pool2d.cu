// Max-pooling. The scatter is a gather by the saved places, without atomics.
#include <cmath>

#include "launch.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

// The largest element of each window, the first of equals, NaN before all, and its place.
template <class T>
struct Pooling {
  T* out;
  std::int32_t* places;
  const T* x;
  PoolWindows windows;

  __device__ void operator()(std::int64_t i) const {
    const auto& [rows, columns] = windows;
    const std::int64_t ox = i % columns.count, oy = i / columns.count % rows.count;
    const T* plane = x + i / (rows.count * columns.count) * rows.image * columns.image;
    std::int64_t best = -1;
    for (std::int64_t y = rows.first_inside(oy); y < rows.end_inside(oy); y += rows.window.dilation)
      for (std::int64_t column = columns.first_inside(ox); column < columns.end_inside(ox);
           column += columns.window.dilation) {
        const std::int64_t here = y * columns.image + column;
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
  PoolWindows windows;

  __device__ void operator()(std::int64_t i) const {
    const auto& [rows, columns] = windows;
    const std::int64_t area = rows.image * columns.image, rest = i % area;
    const std::int64_t y = rest / columns.image, x = rest % columns.image;
    T sum = 0;
    for (std::int64_t oy = rows.first_over(y); oy <= rows.last_over(y); ++oy)
      for (std::int64_t ox = columns.first_over(x); ox <= columns.last_over(x); ++ox) {
        const std::int64_t output = (i / area * rows.count + oy) * columns.count + ox;
        if (places[output] == rest) sum += g[output];
      }
    in[i] = sum;
  }
};

}  // namespace

void max_pool2d(CudaStream stream, const Tensor& out, const Tensor& places, const Tensor& x,
                PoolWindows windows) {
  Tensor dense = x.contiguous();
  visit_float(x.dtype(), "max_pool2d", [&]<class T>() {
    cuda::for_each(
        "max_pool2d", stream, out.count(),
        Pooling<T>{out.mutable_data<T>(), places ? places.mutable_data<std::int32_t>() : nullptr,
                   dense.data<T>(), windows});
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
                        PoolWindows windows) {
  Tensor dense = g.contiguous();
  visit_float(g.dtype(), "max_pool2d_scatter", [&]<class T>() {
    cuda::for_each(
        "max_pool2d_scatter", stream, in.count(),
        Scatter<T>{in.mutable_data<T>(), dense.data<T>(), places.data<std::int32_t>(), windows});
  });
}

}  // namespace tutti::launch
