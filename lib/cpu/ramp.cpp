// Numbers at equal distances.
#include <cmath>

#include "launch.h"
#include "tasks.h"
#include "tutti/base/convert.h"

namespace tutti::launch {

void ramp(CpuStream, const Tensor& out, double offset, double step, std::int64_t shift) {
  visit_dtype(out.dtype(), [&]<class T>() {
    T* to = out.mutable_data<T>();
    cpu::for_chunks(out.count(), 1, [=](std::int64_t i, std::int64_t end, int) {
      for (; i < end; ++i)
        to[i] = convert<T>(std::fma(static_cast<double>(shift + i), step, offset));
    });
  });
}

}  // namespace tutti::launch
