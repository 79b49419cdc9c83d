// One loop nest for every copy, conversion, transposition and fill.
#pragma once

#include <cstddef>

#include "tutti/base/axes.h"
#include "tutti/base/convert.h"

namespace tutti::cpu {

/// Columns of a block that is read side by side and written side by side the other way round: a
/// cache line each.
inline constexpr std::int64_t block_side = 16;

/// The inner two axes of a copy, or a part of them: step[0] in the target, step[1] in the source.
struct Plane {
  Axes<2>::Axis rows, columns;
  /// Does the source run along the rows, the target along the columns?
  bool turned() const { return rows.step[1] == 1 && columns.step[1] != 1 && rows.extent > 1; }
};

/// Copies a plane of one pair of types.
using CopyPlane = void (*)(void* to, const void* from, const Plane& plane);

/// to[i] = convert(from[i]) for all i; sizes in bytes. Shared out among the threads.
void strided_copy(void* to, std::size_t to_size, const void* from, std::size_t from_size,
                  const Shape& shape, const Shape& to_strides, const Shape& from_strides,
                  CopyPlane copy_plane);

template <class To, class From>
void copy_row(To* to, const From* from, std::int64_t n, std::int64_t to_step,
              std::int64_t from_step) {
  if (to_step == 1 && from_step == 1) {
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i) to[i] = convert<To>(from[i]);
  } else if (to_step == 1 && from_step == 0) {
    std::fill_n(to, n, convert<To>(*from));
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i * to_step] = convert<To>(from[i * from_step]);
  }
}

template <class To, class From>
void copy_plane(void* target, const void* source, const Plane& plane) {
  To* to = static_cast<To*>(target);
  const From* from = static_cast<const From*>(source);
  const auto &rows = plane.rows, &columns = plane.columns;
  if (!plane.turned()) {
    for (std::int64_t r = 0; r < rows.extent; ++r)
      copy_row(to + r * rows.step[0], from + r * rows.step[1], columns.extent, columns.step[0],
               columns.step[1]);
    return;
  }
  // Lines whose distance is a power of two fall into few places of the first cache: a block is
  // turned beside them.
  To block[block_side][block_side];
  for (std::int64_t r = 0; r < rows.extent; r += block_side)
    for (std::int64_t c = 0; c < columns.extent; c += block_side) {
      std::int64_t height = std::min(block_side, rows.extent - r);
      std::int64_t width = std::min(block_side, columns.extent - c);
      const From* x = from + r + c * columns.step[1];
      To* y = to + r * rows.step[0] + c * columns.step[0];
      for (std::int64_t j = 0; j < width; ++j)
        for (std::int64_t i = 0; i < height; ++i)
          block[i][j] = convert<To>(x[i + j * columns.step[1]]);
      for (std::int64_t i = 0; i < height; ++i)
        copy_row(y + i * rows.step[0], block[i], width, columns.step[0], 1);
    }
}

}  // namespace tutti::cpu
