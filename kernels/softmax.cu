// Softmax of rows, its logarithm, and their gradients, a warp each.
#include "launch.h"
#include "row_statistics.h"

namespace tutti::launch {
namespace {

template <class T>
struct Softmax {
  T* y;
  const T* x;
  std::int64_t columns;

  __device__ void operator()(std::int64_t row, cuda::Warp warp) const {
    const T* from = x + row * columns;
    T* to = y + row * columns;
    cuda::RowStatistics<T> statistics(from, columns, warp);
    for (std::int64_t j = warp.lane(); j < columns; j += cuda::warp_threads)
      to[j] = std::exp(from[j] - statistics.largest) / statistics.sum;
  }
};

template <class T>
struct LogSoftmax {
  T* y;
  const T* x;
  std::int64_t columns;

  __device__ void operator()(std::int64_t row, cuda::Warp warp) const {
    const T* from = x + row * columns;
    T* to = y + row * columns;
    cuda::RowStatistics<T> statistics(from, columns, warp);
    const T log_sum = std::log(statistics.sum);
    for (std::int64_t j = warp.lane(); j < columns; j += cuda::warp_threads)
      to[j] = from[j] - statistics.largest - log_sum;
  }
};

// Of softmax where y is its result; of log_softmax where `logarithm`, and y is that one's.
template <class T, bool logarithm>
struct Gradient {
  T* dx;
  const T *g, *y;
  std::int64_t columns;

  __device__ void operator()(std::int64_t row, cuda::Warp warp) const {
    const std::int64_t begin = row * columns;
    T sum = 0;
    for (std::int64_t j = warp.lane(); j < columns; j += cuda::warp_threads)
      sum += logarithm ? g[begin + j] : g[begin + j] * y[begin + j];
    sum = cuda::combine_lanes(warp, cuda::Sum{}, sum);
    for (std::int64_t j = begin + warp.lane(); j < begin + columns; j += cuda::warp_threads)
      dx[j] = logarithm ? g[j] - std::exp(y[j]) * sum : y[j] * (g[j] - sum);
  }
};

template <template <class> class Kernel>
void forward(const char* who, CudaStream stream, const Tensor& y, const Tensor& x) {
  Tensor dense = x.contiguous();
  visit_float(x.dtype(), who, [&]<class T>() {
    cuda::for_each_warp(who, stream, x.size(0),
                        Kernel<T>{y.mutable_data<T>(), dense.data<T>(), x.size(1)});
  });
}

template <bool logarithm>
void backward(const char* who, CudaStream stream, const Tensor& dx, const Tensor& g,
              const Tensor& y) {
  Tensor dense = y.contiguous(), dense_g = g.contiguous();
  visit_float(y.dtype(), who, [&]<class T>() {
    cuda::for_each_warp(who, stream, y.size(0),
                        Gradient<T, logarithm>{dx.mutable_data<T>(), dense_g.data<T>(),
                                               dense.data<T>(), y.size(1)});
  });
}

}  // namespace

void softmax(CudaStream stream, const Tensor& y, const Tensor& x) {
  forward<Softmax>("softmax", stream, y, x);
}

void log_softmax(CudaStream stream, const Tensor& y, const Tensor& x) {
  forward<LogSoftmax>("log_softmax", stream, y, x);
}

void softmax_gradient(CudaStream stream, const Tensor& dx, const Tensor& g, const Tensor& y) {
  backward<false>("softmax", stream, dx, g, y);
}

void log_softmax_gradient(CudaStream stream, const Tensor& dx, const Tensor& g, const Tensor& y) {
  backward<true>("log_softmax", stream, dx, g, y);
}

}  // namespace tutti::launch
