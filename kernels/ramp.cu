// Numbers at equal distances: the bits of lib/cpu/ramp.cpp.
#include <cmath>

#include "launch.h"
#include "tutti/base/convert.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

template <class T>
struct Ramp {
  T* out;
  double offset, step;
  std::int64_t shift;

  __device__ void operator()(std::int64_t i) const {
    out[i] = convert<T>(std::fma(static_cast<double>(shift + i), step, offset));
  }
};

}  // namespace

void ramp(CudaStream stream, const Tensor& out, double offset, double step, std::int64_t shift) {
  visit_dtype(out.dtype(), [&]<class T>() {
    cuda::for_each("ramp", stream, out.count(),
                   Ramp<T>{out.mutable_data<T>(), offset, step, shift});
  });
}

}  // namespace tutti::launch
