// Cross-entropy of rows and its gradient, a warp each. A label outside [0, classes) makes its row
// NaN: a kernel cannot raise, and looking on the host would wait for the device.
#include "launch.h"
#include "row_statistics.h"

namespace tutti::launch {
namespace {

template <class T>
struct CrossEntropy {
  T* loss;
  const T* x;
  const std::int64_t* labels;
  std::int64_t columns;

  __device__ void operator()(std::int64_t row, int lane) const {
    const T* from = x + row * columns;
    cuda::RowStatistics<T> statistics(from, columns, lane);
    if (lane != 0) return;
    std::int64_t label = labels[row];
    bool valid = label >= 0 && label < columns;
    loss[row] =
        valid ? ::log(statistics.sum) + (statistics.largest - from[label]) : static_cast<T>(NAN);
  }
};

template <class T>
struct CrossEntropyInput {
  T* out;
  const T* g;
  const T* x;
  const std::int64_t* labels;
  std::int64_t columns;

  __device__ void operator()(std::int64_t row, int lane) const {
    const T* from = x + row * columns;
    cuda::RowStatistics<T> statistics(from, columns, lane);
    std::int64_t label = labels[row];
    T scale = label >= 0 && label < columns ? g[row] : static_cast<T>(NAN);
    for (std::int64_t j = lane; j < columns; j += cuda::warp_threads) {
      T probability = ::exp(from[j] - statistics.largest) / statistics.sum;
      out[row * columns + j] = scale * (probability - (j == label ? T(1) : T(0)));
    }
  }
};

}  // namespace

void cross_entropy(CudaStream stream, const Tensor& loss, const Tensor& x, const Tensor& labels) {
  Tensor dense = x.contiguous(), dense_labels = labels.contiguous();
  visit_float(x.dtype(), "cross_entropy", [&]<class T>() {
    cuda::for_each_warp("cross_entropy", stream, x.size(0),
                        CrossEntropy<T>{loss.mutable_data<T>(), dense.data<T>(),
                                        dense_labels.data<std::int64_t>(), x.size(1)});
  });
}

void cross_entropy_input(CudaStream stream, const Tensor& out, const Tensor& g, const Tensor& x,
                         const Tensor& labels) {
  Tensor dense = x.contiguous(), dense_g = g.contiguous(), dense_labels = labels.contiguous();
  visit_float(x.dtype(), "cross_entropy_input", [&]<class T>() {
    cuda::for_each_warp(
        "cross_entropy_input", stream, x.size(0),
        CrossEntropyInput<T>{out.mutable_data<T>(), dense_g.data<T>(), dense.data<T>(),
                             dense_labels.data<std::int64_t>(), x.size(1)});
  });
}

}  // namespace tutti::launch
