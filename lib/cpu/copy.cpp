// Copies between any strides and dtypes.
#include "launch.h"
#include "strided_copy.h"

namespace tutti::launch {

void copy(CpuStream, const Tensor& to, const Tensor& from) {
  cpu::CopyPlane plane = visit_dtype(to.dtype(), [&]<class To>() {
    return visit_dtype(from.dtype(), [&]<class From>() { return &cpu::copy_plane<To, From>; });
  });
  cpu::strided_copy(to.mutable_raw(), size_of(to.dtype()), from.raw(), size_of(from.dtype()),
                    to.shape(), to.strides(), from.strides(), plane);
}

}  // namespace tutti::launch
