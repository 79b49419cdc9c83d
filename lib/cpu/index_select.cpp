// Rows looked up by number, and added up where they came from.
#include "indices.h"
#include "launch.h"
#include "tasks.h"
#include "tutti/base/element_bits.h"

namespace tutti::launch {
namespace {

// The positions of the indices sorted by row, within a row in their own order: those of row r are
// [first[r], first[r + 1]).
class ByRow {
 public:
  ByRow(const Tensor& indices, std::int64_t rows)
      : buffer_(static_cast<std::size_t>(rows + 2 + indices.count()) * sizeof(std::int64_t),
                indices.device()),
        first_(static_cast<std::int64_t*>(buffer_.data())),
        positions_(first_ + rows + 2) {
    const std::int64_t* index = indices.data<std::int64_t>();
    const std::int64_t count = indices.count();
    // A counting sort: first_[r + 1] runs from the begin of row r to its end.
    std::fill_n(first_, rows + 2, std::int64_t{0});
    for (std::int64_t i = 0; i < count; ++i) ++first_[index[i] + 2];
    for (std::int64_t r = 1; r <= rows; ++r) first_[r + 1] += first_[r];
    for (std::int64_t i = 0; i < count; ++i) positions_[first_[index[i] + 1]++] = i;
    for (std::int64_t r = 0; r < rows; ++r)
      if (!of(r).empty()) looked_up.push_back(r);
  }
  std::span<const std::int64_t> of(std::int64_t row) const {
    return {positions_ + first_[row], positions_ + first_[row + 1]};
  }

  std::vector<std::int64_t> looked_up;  ///< the rows that have a position

 private:
  Buffer buffer_;
  std::int64_t* first_;
  std::int64_t* positions_;
};

}  // namespace

void index_select(CpuStream, const Tensor& out, const Tensor& x, const Tensor& indices) {
  const std::int64_t extent = x.size(1), n = indices.count(), width = x.size(2);
  cpu::require_in_range(indices, extent, "index_select");
  const std::int64_t* index = indices.data<std::int64_t>();
  visit_bits(x.dtype(), [&]<class T>() {
    const T* from = static_cast<const T*>(x.raw());
    T* to = static_cast<T*>(out.mutable_raw());
    cpu::for_chunks(x.size(0) * n, width, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T* row = from + (i / n * extent + index[i % n]) * width;
        if (width == 1)
          to[i] = *row;
        else
          std::copy_n(row, width, to + i * width);
      }
    });
  });
}

void index_add(CpuStream stream, const Tensor& out, const Tensor& g, const Tensor& indices) {
  const std::int64_t outer = out.size(0), rows = out.size(1), width = out.size(2);
  const std::int64_t n = indices.count();
  cpu::require_in_range(indices, rows, "index_add");
  fill(stream, out, 0);
  if (g.count() == 0) return;
  const ByRow by_row(indices, rows);
  const auto some = static_cast<std::int64_t>(by_row.looked_up.size());
  // Columns are cut, too: where most indices are one row, as of padding, it is shared out.
  constexpr std::int64_t widest = 256;
  const std::int64_t cuts = (width + widest - 1) / widest;
  visit_float(g.dtype(), "index_add", [&]<class T>() {
    const T* from = g.data<T>();
    T* to = out.mutable_data<T>();
    cpu::for_chunks(
        cuts * outer * some, std::min(width, widest) * (n / some),
        [&](std::int64_t unit, std::int64_t end, int) {
          for (; unit < end; ++unit) {
            const std::int64_t r = by_row.looked_up[static_cast<std::size_t>(unit % some)];
            const std::int64_t o = unit / some % outer, first = unit / some / outer * widest;
            const std::int64_t here = std::min(widest, width - first);
            T* sum = to + (o * rows + r) * width + first;
            for (std::int64_t i : by_row.of(r)) {
              const T* row = from + (o * n + i) * width + first;
#pragma omp simd
              for (std::int64_t c = 0; c < here; ++c) sum[c] += row[c];
            }
          }
        });
  });
}

}  // namespace tutti::launch
