// Copies between any strides and dtypes.
#include "launch.h"
#include "tutti/base/axes.h"
#include "tutti/base/convert.h"
#include "tutti/cuda/grid.h"

namespace tutti::launch {
namespace {

template <class To, class From>
struct Copy {
  To* to;
  const From* from;
  Axes<2> axes;

  __device__ void operator()(std::int64_t i) const {
    auto offsets = axes.offsets(i);
    to[offsets.at[0]] = convert<To>(from[offsets.at[1]]);
  }
};

}  // namespace

void copy(CudaStream stream, const Tensor& to, const Tensor& from) {
  Axes<2> axes(to.shape(), {to.strides(), from.strides()});
  visit_dtype(to.dtype(), [&]<class To>() {
    visit_dtype(from.dtype(), [&]<class From>() {
      cuda::for_each("copy", stream, to.count(),
                     Copy<To, From>{to.mutable_data<To>(), from.data<From>(), axes});
    });
  });
}

}  // namespace tutti::launch
