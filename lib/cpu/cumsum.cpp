// Running sums along the middle axis, columns side by side.
#include "launch.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

constexpr std::int64_t widest = 256;

// Of columns next to each other, `width` elements from one row to the next.
template <class T>
void sum_columns(T* to, const T* from, std::int64_t columns, std::int64_t length,
                 std::int64_t width) {
  double sums[widest] = {};
  for (std::int64_t i = 0; i < length; ++i, to += width, from += width) {
#pragma omp simd
    for (std::int64_t c = 0; c < columns; ++c)
      to[c] = static_cast<T>(sums[c] += static_cast<double>(from[c]));
  }
}

template <class T>
void sum_column(T* to, const T* from, std::int64_t length, std::int64_t width) {
  double sum = 0;
  for (std::int64_t i = 0; i < length; ++i)
    to[i * width] = static_cast<T>(sum += static_cast<double>(from[i * width]));
}

}  // namespace

void cumsum(CpuStream, const Tensor& out, const Tensor& x, bool reverse) {
  if (x.count() == 0) return;
  const std::int64_t length = x.size(1), width = x.size(2);
  const std::int64_t cuts = (width + widest - 1) / widest;
  visit_float(x.dtype(), "cumsum", [&]<class T>() {
    const T* from = x.data<T>();
    T* to = out.mutable_data<T>();
    cpu::for_chunks(x.size(0) * cuts, length * std::min(width, widest),
                    [&](std::int64_t unit, std::int64_t end, int) {
                      for (; unit < end; ++unit) {
                        const std::int64_t first = unit % cuts * widest,
                                           columns = std::min(widest, width - first);
                        const std::int64_t row = unit / cuts * length + (reverse ? length - 1 : 0);
                        const std::int64_t at = row * width + first,
                                           step = reverse ? -width : width;
                        if (columns == 1)
                          sum_column(to + at, from + at, length, step);
                        else
                          sum_columns(to + at, from + at, columns, length, step);
                      }
                    });
  });
}

}  // namespace tutti::launch
