// The loop nest of a reduction over any axes of a strided tensor.
#pragma once

#include <algorithm>
#include <bit>
#include <utility>

#include "lanes.h"
#include "tasks.h"
#include "tutti/base/axes.h"

namespace tutti::cpu {

/// What one output element combines is numbered in row-major order of the reduced axes and cut into
/// segments of `segment`: all that decides bits. An item is one output element, or a run of
/// neighbours (columns) that are combined side by side; a chunk is a power of two of its segments.
struct ReducePlan {
  static constexpr std::int64_t segment = 1024;

  Axes<2> kept;                          ///< without the columns, of x and of the result
  Axes<2>::Axis columns;                 ///< extent 1 where items are single elements
  Axes<1> reduced;                       ///< of x
  std::int64_t length;                   ///< elements that one output element combines
  std::int64_t width;                    ///< columns of an item, at most
  std::int64_t runs, items;              ///< items per position of `kept`, and in all
  std::int64_t segments, group, chunks;  ///< of an item: segments, segments a chunk, chunks
  /// Rows would be read across the memory's order: a dense copy is quicker.
  bool turned = false;

  ReducePlan(const Shape& shape, const Shape& x, const Shape& out_shape, const Shape& out) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (out_shape[axis] == 1)
        reduced.push({shape[axis], {x[axis]}});
      else
        kept.push({shape[axis], {x[axis], out[axis]}});
    }
    length = reduced.count();
    const auto row = reduced.inner();
    take_columns(row.step[0]);
    if (columns.extent == 1)
      for (int i = 0; i + 1 < reduced.rank; ++i)
        turned |= reduced.axis[i].step[0] > 0 && reduced.axis[i].step[0] < row.step[0];
    // Rows of partial sums stay in the first cache.
    constexpr std::int64_t widest = 128;
    runs = (columns.extent + widest - 1) / widest;
    width = runs ? (columns.extent + runs - 1) / runs : 0;
    items = kept.count() * runs;
    segments = (length + segment - 1) / segment;
    group = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(
        std::max<std::int64_t>(1, grain / (segment * std::max<std::int64_t>(1, width))))));
    chunks = (segments + group - 1) / group;
  }

 private:
  // Columns run along the kept axis whose elements are nearest, if they are nearer than those of a
  // row; or along the longest one where rows are short.
  void take_columns(std::int64_t row_step) {
    auto begin = kept.axis, end = kept.axis + kept.rank;
    auto best = std::min_element(
        begin, end, [](const auto& a, const auto& b) { return a.step[0] < b.step[0]; });
    if (length < row_lanes)
      best = std::max_element(begin, end,
                              [](const auto& a, const auto& b) { return a.extent < b.extent; });
    else if (best != end && best->step[0] >= row_step)
      return;
    if (best == end) return;
    columns = *best;
    std::move(best + 1, end, best);
    --kept.rank;
  }
};

}  // namespace tutti::cpu
