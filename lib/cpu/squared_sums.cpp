// Sums of squares, in f64.
#include "launch.h"
#include "tasks.h"
#include "tutti/base/convert.h"
#include "tutti/ops/squared_norm.h"

namespace tutti::launch {

void squared_sums(CpuStream, const Tensor& out, const Tensor& x) {
  constexpr int lanes = 16;
  const std::int64_t count = x.count();
  double* sums = out.mutable_data<double>();
  visit_any_float(x.dtype(), "squared_norm", [&]<class T>() {
    const T* values = x.data<T>();
    cpu::for_chunks(out.count(), squared_norm_chunk, [&](std::int64_t i, std::int64_t end, int) {
      for (; i < end; ++i) {
        const std::int64_t first = i * squared_norm_chunk;
        const std::int64_t n = std::min(squared_norm_chunk, count - first);
        double partial[lanes] = {};
        for (std::int64_t j = 0; j + lanes <= n; j += lanes)
          for (int lane = 0; lane < lanes; ++lane) {
            const auto value = convert<double>(values[first + j + lane]);
            partial[lane] += value * value;
          }
        for (std::int64_t j = n / lanes * lanes; j < n; ++j) {
          const auto value = convert<double>(values[first + j]);
          partial[j % lanes] += value * value;
        }
        sums[i] = 0;
        for (double sum : partial) sums[i] += sum;
      }
    });
  });
}

}  // namespace tutti::launch
