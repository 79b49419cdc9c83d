#include "strided_copy.h"

#include <numeric>

#include "tasks.h"

namespace tutti::cpu {
namespace {

// The order of writing is free: along the target's memory, and where the source runs along another
// axis, that one comes next to the inner one.
Axes<2> copy_axes(const Shape& shape, const Shape& to, const Shape& from) {
  std::array<int, Shape::max_rank> order;
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.begin() + shape.rank(),
                   [&](int a, int b) { return to[a] > to[b]; });
  Axes<2> axes;
  for (int i = 0; i < shape.rank(); ++i) {
    int a = order[i];
    bool repeats = to[a] == 0 && from[a] == 0 && shape[a] > 0;
    if (!repeats) axes.push({shape[a], {to[a], from[a]}});
  }
  auto last = axes.axis + std::max(axes.rank - 1, 0);
  auto along = std::find_if(axes.axis, last, [](const auto& axis) { return axis.step[1] == 1; });
  if (along != last && last->step[1] != 1) std::rotate(along, along + 1, last);
  return axes;
}

}  // namespace

void strided_copy(void* to, std::size_t to_size, const void* from, std::size_t from_size,
                  const Shape& shape, const Shape& to_strides, const Shape& from_strides,
                  CopyPlane copy_plane) {
  const Axes<2> axes = copy_axes(shape, to_strides, from_strides), outer = axes.outer(),
                planes = outer.outer();
  const Plane all{outer.inner(), axes.inner()};
  const std::int64_t rows = all.rows.extent, columns = all.columns.extent;
  const std::int64_t all_rows = planes.count() * rows;
  // A task of a transposition is a block of about as many rows as columns.
  const std::int64_t cuts = std::max<std::int64_t>(1, columns / (all.turned() ? 256 : grain));
  const std::int64_t width = (columns + cuts - 1) / cuts;
  for_chunks(all_rows * cuts, width, [&](std::int64_t unit, std::int64_t end, int) {
    while (unit < end) {
      std::int64_t row = unit % all_rows, column = unit / all_rows * width;
      Plane part = all;
      part.rows.extent = std::min(rows - row % rows, end - unit);
      part.columns.extent = std::min(width, columns - column);
      const auto plane = planes.offsets(row / rows);
      auto offset = [&](int k) {
        return plane.at[k] + row % rows * all.rows.step[k] + column * all.columns.step[k];
      };
      if (part.columns.extent > 0)
        copy_plane(
            static_cast<std::byte*>(to) + offset(0) * static_cast<std::int64_t>(to_size),
            static_cast<const std::byte*>(from) + offset(1) * static_cast<std::int64_t>(from_size),
            part);
      unit += part.rows.extent;
    }
  });
}

}  // namespace tutti::cpu
