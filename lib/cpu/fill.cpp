// A fill is a copy from one element that every axis repeats.
#include "launch.h"
#include "strided_copy.h"

namespace tutti::launch {

void fill(CpuStream, const Tensor& to, double value) {
  Shape repeats = to.strides();
  for (std::int64_t& stride : repeats) stride = 0;
  visit_dtype(to.dtype(), [&]<class T>() {
    T element = convert<T>(value);
    cpu::strided_copy(to.mutable_raw(), sizeof(T), &element, sizeof(T), to.shape(), to.strides(),
                      repeats, &cpu::copy_plane<T, T>);
  });
}

}  // namespace tutti::launch
