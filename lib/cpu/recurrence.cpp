// Linear recurrences along the middle axis, columns side by side.
#include <cmath>

#include "launch.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

constexpr std::int64_t widest = 256;

// Of columns next to each other, `step` elements from one row to the next. b may be null: the state
// starts at 1 and nothing is added.
template <class T>
void run_columns(T* to, const T* a, const T* b, std::int64_t columns, std::int64_t length,
                 std::int64_t step) {
  double state[widest];
  std::fill_n(state, columns, b ? 0.0 : 1.0);
  for (std::int64_t i = 0; i < length; ++i, to += step, a += step) {
#pragma omp simd
    for (std::int64_t c = 0; c < columns; ++c)
      state[c] = std::fma(static_cast<double>(a[c]), state[c], b ? static_cast<double>(b[c]) : 0.0);
#pragma omp simd
    for (std::int64_t c = 0; c < columns; ++c) to[c] = static_cast<T>(state[c]);
    if (b) b += step;
  }
}

template <class T>
void run_column(T* to, const T* a, const T* b, std::int64_t length, std::int64_t step) {
  double state = b ? 0 : 1;
  for (std::int64_t i = 0; i < length; ++i) {
    const std::int64_t at = i * step;
    state = std::fma(static_cast<double>(a[at]), state, b ? static_cast<double>(b[at]) : 0.0);
    to[at] = static_cast<T>(state);
  }
}

}  // namespace

void recurrence(CpuStream, const Tensor& out, const Tensor& a, const Tensor& b, bool reverse) {
  if (a.count() == 0) return;
  const std::int64_t length = a.size(1), width = a.size(2);
  const std::int64_t cuts = (width + widest - 1) / widest;
  visit_float(a.dtype(), "recurrence", [&]<class T>() {
    T* to = out.mutable_data<T>();
    const T *factors = a.data<T>(), *added = b ? b.data<T>() : nullptr;
    cpu::for_chunks(a.size(0) * cuts, length * std::min(width, widest),
                    [&](std::int64_t unit, std::int64_t end, int) {
                      for (; unit < end; ++unit) {
                        const std::int64_t first = unit % cuts * widest;
                        const std::int64_t row = unit / cuts * length + (reverse ? length - 1 : 0);
                        const std::int64_t at = row * width + first,
                                           columns = std::min(widest, width - first),
                                           step = reverse ? -width : width;
                        const T* plus = added ? added + at : nullptr;
                        if (columns == 1)
                          run_column(to + at, factors + at, plus, length, step);
                        else
                          run_columns(to + at, factors + at, plus, columns, length, step);
                      }
                    });
  });
}

}  // namespace tutti::launch
