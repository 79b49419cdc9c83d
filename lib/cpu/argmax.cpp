// The position of each row's largest element.
#include "lanes.h"
#include "launch.h"
#include "tasks.h"

namespace tutti::launch {

void argmax(CpuStream, const Tensor& out, const Tensor& x) {
  const std::int64_t rows = x.size(0), columns = x.size(1);
  if (columns == 0 && rows > 0)
    raise("argmax: found shape ", x.shape(), ", expected rows of at least one element");
  Tensor dense = x.contiguous();
  std::int64_t* positions = out.mutable_data<std::int64_t>();
  visit_float(x.dtype(), "argmax", [&]<class T>() {
    cpu::for_chunks(rows, columns, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T* row = dense.data<T>() + i * columns;
        T largest = cpu::reduce_row(cpu::Max{}, row, columns);
        // Among equals NaN has no equal: it is found as what differs from itself.
        bool nan = largest != largest;
        std::int64_t at = 0;
        while (nan ? row[at] == row[at] : row[at] != largest) ++at;
        positions[i] = at;
      }
    });
  });
}

}  // namespace tutti::launch
