// Averages over windows, a thread for each; and the transpose, a thread for each place of the
// image.
#include "launch.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

template <class T>
struct Average {
  T* out;
  const T* x;
  PoolWindows windows;
  bool count_padding;

  __device__ void operator()(std::int64_t i) const {
    const auto& [rows, columns] = windows;
    const std::int64_t ox = i % columns.count, oy = i / columns.count % rows.count;
    const T* plane = x + i / (rows.count * columns.count) * rows.image * columns.image;
    T sum = 0;
    for (std::int64_t y = rows.first_inside(oy); y < rows.end_inside(oy); ++y)
      for (std::int64_t at = columns.first_inside(ox); at < columns.end_inside(ox); ++at)
        sum += plane[y * columns.image + at];
    out[i] = sum / static_cast<T>(rows.size(oy, count_padding) * columns.size(ox, count_padding));
  }
};

template <class T>
struct AverageGradient {
  T* in;
  const T* g;
  PoolWindows windows;
  bool count_padding;

  __device__ void operator()(std::int64_t i) const {
    const auto& [rows, columns] = windows;
    const std::int64_t x = i % columns.image, y = i / columns.image % rows.image;
    const T* plane = g + i / (rows.image * columns.image) * rows.count * columns.count;
    T sum = 0;
    for (std::int64_t oy = rows.first_over(y); oy <= rows.last_over(y); ++oy)
      for (std::int64_t ox = columns.first_over(x); ox <= columns.last_over(x); ++ox)
        sum += plane[oy * columns.count + ox] /
               static_cast<T>(rows.size(oy, count_padding) * columns.size(ox, count_padding));
    in[i] = sum;
  }
};

}  // namespace

void avg_pool2d(CudaStream stream, const Tensor& out, const Tensor& x, PoolWindows windows,
                bool count_padding) {
  Tensor dense = x.contiguous();
  visit_float(x.dtype(), "avg_pool2d", [&]<class T>() {
    cuda::for_each("avg_pool2d", stream, out.count(),
                   Average<T>{out.mutable_data<T>(), dense.data<T>(), windows, count_padding});
  });
}

void avg_pool2d_gradient(CudaStream stream, const Tensor& in, const Tensor& g, PoolWindows windows,
                         bool count_padding) {
  Tensor dense = g.contiguous();
  visit_float(g.dtype(), "avg_pool2d_gradient", [&]<class T>() {
    cuda::for_each(
        "avg_pool2d_gradient", stream, in.count(),
        AverageGradient<T>{in.mutable_data<T>(), dense.data<T>(), windows, count_padding});
  });
}

}  // namespace tutti::launch
