// Arithmetic of whole numbers.
#include "in_line.h"
#include "launch.h"
#include "ops/integer_math.h"
#include "tasks.h"
#include "tutti/base/axes.h"

namespace tutti::launch {
namespace {

// Looked for before any work is shared out: the same one is named whatever the threads do.
template <class T>
void require_divisors(IntegerOp op, const Tensor& b) {
  if (op != IntegerOp::floor_divide && op != IntegerOp::remainder) return;
  const Axes<1> axes(b.shape(), {b.strides()});
  const T* divisors = b.data<T>();
  for (std::int64_t i = 0; i < b.count(); ++i)
    if (divisors[axes.offsets(i).at[0]] == 0)
      raise(op == IntegerOp::remainder ? "remainder" : "floor_divide",
            ": found a divisor of 0 at position ", i, " of ", b.count(),
            ", expected others; replace it with where()");
}

template <class T, class F>
void loop(F f, const Tensor& out, const Tensor& a, const Tensor& b) {
  const Axes<2> axes(out.shape(), {a.strides(), b.strides()});
  const T *first_a = a.data<T>(), *first_b = b.data<T>();
  T* to = out.mutable_data<T>();
  cpu::for_chunks(out.count(), 1, [&](std::int64_t begin, std::int64_t end, int) {
    T room_a[cpu::side_by_side], room_b[cpu::side_by_side];
    for (Walk<2> walk(axes, begin); begin < end;) {
      const std::int64_t n = std::min({cpu::side_by_side, walk.run(), end - begin});
      const T* x = cpu::in_line(first_a + walk.at(0), walk.step(0), n, room_a);
      const T* y = cpu::in_line(first_b + walk.at(1), walk.step(1), n, room_b);
#pragma omp simd
      for (std::int64_t i = 0; i < n; ++i) to[begin + i] = f(x[i], y[i]);
      walk.skip(n);
      begin += n;
    }
  });
}

}  // namespace

void integers(CpuStream, IntegerOp op, const Tensor& out, const Tensor& a, const Tensor& b) {
  visit_integer(out.dtype(), [&]<class T>() {
    require_divisors<T>(op, b);
    visit_integer_op<T>(op, [&](auto f) { loop<T>(f, out, a, b); });
  });
}

}  // namespace tutti::launch
