// The loop nest of a reduction over any axes of a strided tensor.
#pragma once

#include <algorithm>
#include <array>
#include <numeric>

#include "tasks.h"
#include "tutti/base/shape.h"

namespace tutti::cpu {

/// Axes that are all kept or all reduced, longest stride in x first.
struct Axes {
  Shape extents, x, out;

  void push(std::int64_t extent, std::int64_t x_stride, std::int64_t out_stride) {
    int last = extents.rank() - 1;
    if (last >= 0 && x[last] == extent * x_stride && out[last] == extent * out_stride) {
      extents[last] *= extent, x[last] = x_stride, out[last] = out_stride;
    } else {
      extents.push_back(extent), x.push_back(x_stride), out.push_back(out_stride);
    }
  }
  /// The innermost axis, removed; extent 1 where there is none.
  Axes pop() {
    Axes inner{{1}, {0}, {0}};
    if (int last = extents.rank() - 1; last >= 0) {
      inner = {{extents[last]}, {x[last]}, {out[last]}};
      extents.erase(last), x.erase(last), out.erase(last);
    }
    return inner;
  }
};

/// Where position `index` of the row-major nest `extents` lies under `strides`.
inline std::int64_t offset_of(std::int64_t index, const Shape& extents, const Shape& strides) {
  std::int64_t offset = 0;
  for (int axis = extents.rank() - 1; axis >= 0; --axis) {
    offset += index % extents[axis] * strides[axis];
    index /= extents[axis];
  }
  return offset;
}

/// An item is one output element, or a run of neighbours when they are neighbours in x too. Its
/// reduced elements form segments along the innermost reduced axis, which are cut into chunks.
struct ReducePlan {
  Axes kept, reduced;             ///< outer axes
  Axes columns, rows;             ///< the inner ones: along an item, along a segment
  std::int64_t width;             ///< columns of an item, at most
  std::int64_t length;            ///< rows of a segment, at most
  std::int64_t runs, items;       ///< items per kept position, and in all
  std::int64_t cuts;              ///< segments per position of `reduced`
  std::int64_t segments, chunks;  ///< of one item

  ReducePlan(const Shape& shape, const Shape& x, const Shape& out_shape, const Shape& out) {
    std::array<int, Shape::max_rank> order;
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.begin() + shape.rank(),
                     [&](int a, int b) { return x[a] > x[b]; });
    bool inner_kept = false;
    for (int i = 0; i < shape.rank(); ++i) {
      int axis = order[i];
      if (shape[axis] == 1) continue;
      inner_kept = out_shape[axis] != 1;
      (inner_kept ? kept : reduced).push(shape[axis], x[axis], inner_kept ? out[axis] : 0);
    }
    rows = reduced.pop();
    // Many short rows are quicker side by side than one after the other.
    bool side_by_side = inner_kept || (rows.extents[0] < 32 && kept.extents.rank() > 0);
    columns = side_by_side ? kept.pop() : Axes().pop();
    // A row of partial sums stays in the first cache; a segment is what one leaf adds in sequence.
    width = std::clamp<std::int64_t>(columns.extents[0], 1, 256);
    length = side_by_side ? 64 : 4096;
    runs = (columns.extents[0] + width - 1) / width;
    items = kept.extents.count() * runs;
    cuts = (rows.extents[0] + length - 1) / length;
    segments = reduced.extents.count() * cuts;
    std::int64_t elements = reduced.extents.count() * rows.extents[0] * width;
    chunks = std::clamp<std::int64_t>(elements / grain, 1, std::max<std::int64_t>(1, segments));
  }
};

}  // namespace tutti::cpu
