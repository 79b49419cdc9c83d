// A fill is a copy from one element that every axis repeats.
#include "launch.h"
#include "strided_copy.h"

namespace tutti::launch {

void fill(CpuStream, const Tensor& to, double value) {
  Shape repeats = to.strides();
  for (std::int64_t& stride : repeats) stride = 0;
  visit_dtype(to.dtype(), "fill", [&]<class T>() {
    T element = static_cast<T>(value);
    cpu::strided_copy(to.mutable_data<T>(), &element,
                      cpu::CopyPlan(to.shape(), to.strides(), repeats));
  });
}

}  // namespace tutti::launch
