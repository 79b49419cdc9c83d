// Softmax of rows, a warp each.
#include "launch.h"
#include "row_statistics.h"

namespace tutti::launch {
namespace {

template <class T>
struct Softmax {
  T* y;
  const T* x;
  std::int64_t columns;

  __device__ void operator()(std::int64_t row, int lane) const {
    const T* from = x + row * columns;
    T* to = y + row * columns;
    cuda::RowStatistics<T> statistics(from, columns, lane);
    for (std::int64_t j = lane; j < columns; j += cuda::warp_threads)
      to[j] = ::exp(from[j] - statistics.largest) / statistics.sum;
  }
};

}  // namespace

void softmax(CudaStream stream, const Tensor& y, const Tensor& x) {
  Tensor dense = x.contiguous();
  visit_float(x.dtype(), "softmax", [&]<class T>() {
    cuda::for_each_warp("softmax", stream, x.size(0),
                        Softmax<T>{y.mutable_data<T>(), dense.data<T>(), x.size(1)});
  });
}

}  // namespace tutti::launch
