// One value everywhere.
#include "launch.h"
#include "tutti/base/axes.h"
#include "tutti/base/convert.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

template <class T>
struct Fill {
  T* to;
  T value;
  Axes<1> axes;

  __device__ void operator()(std::int64_t i) const { to[axes.offsets(i).at[0]] = value; }
};

}  // namespace

void fill(CudaStream stream, const Tensor& to, double value) {
  Axes<1> axes(to.shape(), {to.strides()});
  visit_dtype(to.dtype(), [&]<class T>() {
    cuda::for_each("fill", stream, to.count(),
                   Fill<T>{to.mutable_data<T>(), convert<T>(value), axes});
  });
}

}  // namespace tutti::launch
