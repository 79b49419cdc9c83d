// Linear recurrences along the middle axis: the bits of lib/cpu/recurrence.cpp.
#include <cmath>

#include "launch.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

// A thread has one column. b may be null: the state starts at 1 and nothing is added.
template <class T>
struct Recurrence {
  T* out;
  const T* a;
  const T* b;
  std::int64_t length, width;
  bool reverse;

  __device__ void operator()(std::int64_t i) const {
    const std::int64_t begin = i / width * length * width + i % width;
    double state = b ? 0 : 1;
    for (std::int64_t k = 0; k < length; ++k) {
      const std::int64_t at = begin + (reverse ? length - 1 - k : k) * width;
      state = std::fma(static_cast<double>(a[at]), state, b ? static_cast<double>(b[at]) : 0.0);
      out[at] = static_cast<T>(state);
    }
  }
};

}  // namespace

void recurrence(CudaStream stream, const Tensor& out, const Tensor& a, const Tensor& b,
                bool reverse) {
  if (a.count() == 0) return;
  visit_float(a.dtype(), "recurrence", [&]<class T>() {
    cuda::for_each("recurrence", stream, a.size(0) * a.size(2),
                   Recurrence<T>{out.mutable_data<T>(), a.data<T>(), b ? b.data<T>() : nullptr,
                                 a.size(1), a.size(2), reverse});
  });
}

}  // namespace tutti::launch
