// Matrix products on fixed tiles of the results, each with the whole of k.
#include "gemm.h"
#include "launch.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

// Large enough that packing costs little, small enough to share out and to pack on the stack.
constexpr std::int64_t tile_rows = 128, tile_columns = 256;

// The last two axes of a tensor, as a matrix.
struct Axes {
  explicit Axes(const Tensor& x)
      : rows(x.shape()[x.rank() - 2]),
        columns(x.shape()[x.rank() - 1]),
        down(x.strides()[x.rank() - 2]),
        across(x.strides()[x.rank() - 1]) {}
  bool row_major() const { return (across == 1 || columns == 1) && (down >= columns || rows == 1); }
  bool column_major() const { return (down == 1 || rows == 1) && (across >= rows || columns == 1); }
  std::int64_t rows, columns, down, across;
};

// The tensor, or a dense copy where its strides are none that a BLAS takes (as after expand).
Tensor packable(const Tensor& x) {
  Axes axes(x);
  return axes.row_major() || axes.column_major() ? x : x.clone();
}

// The matrices of a tensor, one for each place in its leading axes.
template <class T>
struct Matrices {
  explicit Matrices(const Tensor& x) : x(x), data(x.data<T>()), axes(x) {}
  cpu::Matrix<T> at(std::int64_t index) const {
    std::int64_t offset = 0;
    for (int axis = x.rank() - 3; axis >= 0; --axis) {
      offset += index % x.shape()[axis] * x.strides()[axis];
      index /= x.shape()[axis];
    }
    if (axes.row_major()) return {data + offset, axes.down, 1};
    return {data + offset, 1, axes.across};
  }
  const Tensor& x;
  const T* data;
  Axes axes;
};

}  // namespace

void matmul(CpuStream, const Tensor& out, const Tensor& a, const Tensor& b, const Tensor& bias) {
  Tensor left = packable(a), right = packable(b);
  const Axes shape(left);
  const std::int64_t m = shape.rows, k = shape.columns, n = right.size(-1);
  const std::int64_t down = (m + tile_rows - 1) / tile_rows;
  const std::int64_t tiles = down * ((n + tile_columns - 1) / tile_columns);
  if (out.count() == 0) return;
  visit_float(out.dtype(), "matmul", [&]<class T>() {
    Matrices<T> ls(left), rs(right);
    T* results = out.mutable_data<T>();
    const T* row = bias ? bias.data<T>() : nullptr;
    const std::int64_t cost = std::min(m, tile_rows) * std::min(n, tile_columns) * (k / 8 + 1);
    cpu::for_chunks(
        out.count() / (m * n) * tiles, cost, [&](std::int64_t i, std::int64_t end, int) {
          for (; i < end; ++i) {
            const std::int64_t matrix = i / tiles, tile = i % tiles;
            const std::int64_t y = tile % down * tile_rows, x = tile / down * tile_columns;
            const std::int64_t rows = std::min(tile_rows, m - y);
            const std::int64_t columns = std::min(tile_columns, n - x);
            cpu::Matrix<T> l = ls.at(matrix), r = rs.at(matrix);
            T* result = results + matrix * m * n + y * n + x;
            if (row)
              for (std::int64_t j = 0; j < rows; ++j) std::copy_n(row + x, columns, result + j * n);
            cpu::gemm(row ? cpu::Update::add : cpu::Update::store, result, n,
                      {l.data + y * l.row_step, l.row_step, l.column_step},
                      {r.data + x * r.column_step, r.row_step, r.column_step}, rows, columns, k);
          }
        });
  });
}

}  // namespace tutti::launch
