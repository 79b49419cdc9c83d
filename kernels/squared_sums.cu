// Sums of squares, in f64: a warp for each chunk.
#include "launch.h"
#include "tutti/base/convert.h"
#include "tutti/ops/squared_norm.h"
#include "warp.h"

namespace tutti::launch {
namespace {

template <class T>
struct SquaredSums {
  double* out;
  const T* x;
  std::int64_t count;

  __device__ void operator()(std::int64_t i, cuda::Warp warp) const {
    const std::int64_t first = i * squared_norm_chunk;
    const std::int64_t left = count - first;
    const std::int64_t n = left < squared_norm_chunk ? left : squared_norm_chunk;
    double sum = 0;
    for (std::int64_t j = warp.lane(); j < n; j += cuda::warp_threads) {
      const auto value = convert<double>(x[first + j]);
      sum += value * value;
    }
    sum = cuda::combine_lanes(warp, cuda::Sum{}, sum);
    if (warp.lane() == 0) out[i] = sum;
  }
};

}  // namespace

void squared_sums(CudaStream stream, const Tensor& out, const Tensor& x) {
  visit_any_float(x.dtype(), "squared_norm", [&]<class T>() {
    cuda::for_each_warp("squared_norm", stream, out.count(),
                        SquaredSums<T>{out.mutable_data<double>(), x.data<T>(), x.count()});
  });
}

}  // namespace tutti::launch
