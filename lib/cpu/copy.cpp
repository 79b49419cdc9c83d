// Copies between any strides and dtypes.
#include "launch.h"
#include "strided_copy.h"

namespace tutti::launch {

void copy(CpuStream, const Tensor& to, const Tensor& from) {
  visit_dtype(to.dtype(), "copy", [&]<class To>() {
    visit_dtype(from.dtype(), "copy", [&]<class From>() {
      cpu::strided_copy(to.mutable_data<To>(), from.data<From>(),
                        cpu::CopyPlan(to.shape(), to.strides(), from.strides()));
    });
  });
}

}  // namespace tutti::launch
