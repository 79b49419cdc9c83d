// One loop nest for every copy, conversion, transposition and fill.
#pragma once

#include <numeric>
#include <utility>

#include "tasks.h"
#include "tutti/base/shape.h"

namespace tutti::cpu {

/// The axes of a copy, merged where both sides allow it; two or more, the last is the inner loop.
struct CopyPlan {
  Shape extents, to, from;

  CopyPlan(const Shape& shape, const Shape& to_strides, const Shape& from_strides) {
    std::array<int, Shape::max_rank> order;
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.begin() + shape.rank(),
                     [&](int a, int b) { return to_strides[a] > to_strides[b]; });
    for (int i = 0; i < shape.rank(); ++i) {
      int axis = order[i];
      push(shape[axis], to_strides[axis], from_strides[axis]);
    }
    while (extents.rank() < 2) insert(0, 1, 0, 0);
    // Where `from` runs along another axis, that one comes next: both sides stay in few cache
    // lines.
    int last = extents.rank() - 1;
    for (int i = 0; i < last; ++i)
      if (from[i] == 1 && from[last] != 1) {
        insert(last, extents[i], to[i], from[i]);
        extents.erase(i), to.erase(i), from.erase(i);
        break;
      }
  }

 private:
  void insert(int axis, std::int64_t extent, std::int64_t to_stride, std::int64_t from_stride) {
    extents.insert(axis, extent), to.insert(axis, to_stride), from.insert(axis, from_stride);
  }
  void push(std::int64_t extent, std::int64_t to_stride, std::int64_t from_stride) {
    bool repeats = to_stride == 0 && from_stride == 0 && extent > 0;
    if (extent == 1 || repeats) return;
    int last = extents.rank() - 1;
    if (last >= 0 && to[last] == extent * to_stride && from[last] == extent * from_stride) {
      extents[last] *= extent, to[last] = to_stride, from[last] = from_stride;
    } else {
      insert(last + 1, extent, to_stride, from_stride);
    }
  }
};

template <class To, class From>
void copy_row(To* to, const From* from, std::int64_t n, std::int64_t to_step,
              std::int64_t from_step) {
  if (to_step == 1 && from_step == 1) {
    for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<To>(from[i]);
  } else if (to_step == 1 && from_step == 0) {
    std::fill_n(to, n, static_cast<To>(*from));
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i * to_step] = static_cast<To>(from[i * from_step]);
  }
}

template <class To, class From>
void strided_copy(To* to, const From* from, const CopyPlan& plan) {
  // Columns of a transposition that are read side by side, a cache line each.
  constexpr std::int64_t side = 16;
  const int last = plan.extents.rank() - 1;
  const std::int64_t rows = plan.extents[last - 1], columns = plan.extents[last];
  const std::int64_t all_rows = columns ? plan.extents.count() / columns : 0;
  const bool turned = plan.from[last] != 1 && rows > 1;
  // A task of a transposition is a block of about as many rows as columns.
  const std::int64_t cuts = std::max<std::int64_t>(1, columns / (turned ? 256 : grain));
  const std::int64_t width = (columns + cuts - 1) / cuts;
  for_chunks(all_rows * cuts, width, [&](std::int64_t unit, std::int64_t end, int) {
    while (unit < end) {
      std::int64_t row = unit % all_rows, first = unit / all_rows * width;
      std::int64_t count = std::min(rows - row % rows, end - unit);
      std::int64_t to_at = row % rows * plan.to[last - 1],
                   from_at = row % rows * plan.from[last - 1];
      std::int64_t plane = row / rows;
      for (int axis = last - 2; axis >= 0; --axis) {
        std::int64_t position = plane % plan.extents[axis];
        plane /= plan.extents[axis];
        to_at += position * plan.to[axis];
        from_at += position * plan.from[axis];
      }
      std::int64_t stop = std::min(columns, first + width);
      std::int64_t step = turned ? side : width;
      for (std::int64_t c = first; c < stop; c += step)
        for (std::int64_t r = 0; r < count; ++r)
          copy_row(to + to_at + r * plan.to[last - 1] + c * plan.to[last],
                   from + from_at + r * plan.from[last - 1] + c * plan.from[last],
                   std::min(step, stop - c), plan.to[last], plan.from[last]);
      unit += count;
    }
  });
}

}  // namespace tutti::cpu
