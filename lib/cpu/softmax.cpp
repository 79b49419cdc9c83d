// Softmax of every row.
#include "softmax.h"

#include "launch.h"
#include "tasks.h"

namespace tutti::launch {

void softmax(CpuStream, const Tensor& y, const Tensor& x) {
  const std::int64_t rows = x.size(0), columns = x.size(1);
  Tensor dense = x.contiguous();
  visit_float(x.dtype(), "softmax", [&]<class T>() {
    cpu::for_chunks(rows, columns, [&](std::int64_t i, std::int64_t end, int) {
      for (; i < end; ++i)
        cpu::softmax_row(y.mutable_data<T>() + i * columns, dense.data<T>() + i * columns, columns);
    });
  });
}

}  // namespace tutti::launch
