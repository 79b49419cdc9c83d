// Comparisons and choices of elements. Inputs that do not lie side by side are laid so first.
#include "in_line.h"
#include "launch.h"
#include "tasks.h"
#include "tutti/base/axes.h"
#include "tutti/base/element_bits.h"

namespace tutti::launch {
namespace {

template <class T, class Holds>
void compare(Holds holds, const Tensor& out, const Tensor& a, const Tensor& b) {
  const Axes<2> axes(out.shape(), {a.strides(), b.strides()});
  const T *first_a = a.data<T>(), *first_b = b.data<T>();
  std::uint8_t* to = out.mutable_data<std::uint8_t>();
  cpu::for_chunks(out.count(), 1, [&](std::int64_t begin, std::int64_t end, int) {
    T room_a[cpu::side_by_side], room_b[cpu::side_by_side];
    for (Walk<2> walk(axes, begin); begin < end;) {
      const std::int64_t n = std::min({cpu::side_by_side, walk.run(), end - begin});
      const T* x = cpu::in_line(first_a + walk.at(0), walk.step(0), n, room_a);
      const T* y = cpu::in_line(first_b + walk.at(1), walk.step(1), n, room_b);
#pragma omp simd
      for (std::int64_t i = 0; i < n; ++i) to[begin + i] = holds(x[i], y[i]);
      walk.skip(n);
      begin += n;
    }
  });
}

}  // namespace

void compare(CpuStream, Relation relation, const Tensor& out, const Tensor& a, const Tensor& b) {
  visit_arithmetic(a.dtype(), "compare", [&]<class T>() {
    switch (relation) {
      case Relation::less:
        return compare<T>([](T x, T y) { return x < y; }, out, a, b);
      case Relation::less_equal:
        return compare<T>([](T x, T y) { return x <= y; }, out, a, b);
      case Relation::equal:
        return compare<T>([](T x, T y) { return x == y; }, out, a, b);
      case Relation::not_equal:
        return compare<T>([](T x, T y) { return x != y; }, out, a, b);
    }
  });
}

void where(CpuStream, const Tensor& out, const Tensor& condition, const Tensor& a,
           const Tensor& b) {
  const Axes<3> axes(out.shape(), {condition.strides(), a.strides(), b.strides()});
  visit_bits(out.dtype(), [&]<class T>() {
    const std::uint8_t* conditions = condition.data<std::uint8_t>();
    const T* yes = static_cast<const T*>(a.raw());
    const T* no = static_cast<const T*>(b.raw());
    T* to = static_cast<T*>(out.mutable_raw());
    cpu::for_chunks(out.count(), 1, [&](std::int64_t begin, std::int64_t end, int) {
      std::uint8_t room_c[cpu::side_by_side];
      T room_a[cpu::side_by_side], room_b[cpu::side_by_side];
      for (Walk<3> walk(axes, begin); begin < end;) {
        const std::int64_t n = std::min({cpu::side_by_side, walk.run(), end - begin});
        const std::uint8_t* c = cpu::in_line(conditions + walk.at(0), walk.step(0), n, room_c);
        const T* x = cpu::in_line(yes + walk.at(1), walk.step(1), n, room_a);
        const T* y = cpu::in_line(no + walk.at(2), walk.step(2), n, room_b);
#pragma omp simd
        for (std::int64_t i = 0; i < n; ++i) to[begin + i] = c[i] ? x[i] : y[i];
        walk.skip(n);
        begin += n;
      }
    });
  });
}

}  // namespace tutti::launch
