// Matrix product on fixed tiles of the result, each with the whole of k.
#include "gemm.h"
#include "launch.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

// Large enough that packing costs little, small enough to share out and to pack on the stack.
constexpr std::int64_t tile_rows = 128, tile_columns = 256;

// The tensor, or a dense copy where its strides are none that a BLAS takes (as after expand).
Tensor packable(const Tensor& x) {
  auto fits = [&](int unit, int outer) {
    return (x.strides()[unit] == 1 || x.shape()[unit] == 1) &&
           (x.strides()[outer] >= x.shape()[unit] || x.shape()[outer] == 1);
  };
  return fits(1, 0) || fits(0, 1) ? x : x.clone();
}

template <class T>
cpu::Matrix<T> matrix_of(const Tensor& x) {
  const std::int64_t rows = x.size(0), columns = x.size(1), down = x.strides()[0];
  const bool row_major = (x.strides()[1] == 1 || columns == 1) && (down >= columns || rows == 1);
  if (row_major) return {x.data<T>(), down, 1};
  return {x.data<T>(), 1, x.strides()[1]};
}

}  // namespace

void matmul(CpuStream, const Tensor& out, const Tensor& a, const Tensor& b) {
  const std::int64_t m = a.size(0), k = a.size(1), n = b.size(1);
  Tensor left = packable(a), right = packable(b);
  const std::int64_t down = (m + tile_rows - 1) / tile_rows;
  const std::int64_t across = (n + tile_columns - 1) / tile_columns;
  visit_float(out.dtype(), "matmul", [&]<class T>() {
    cpu::Matrix<T> l = matrix_of<T>(left), r = matrix_of<T>(right);
    T* result = out.mutable_data<T>();
    parallel_for(down * across, [&](std::int64_t tile, int) {
      std::int64_t i = tile / across * tile_rows, j = tile % across * tile_columns;
      cpu::gemm(cpu::Update::store, result + i * n + j, n,
                {l.data + i * l.row_step, l.row_step, l.column_step},
                {r.data + j * r.column_step, r.row_step, r.column_step}, std::min(tile_rows, m - i),
                std::min(tile_columns, n - j), k);
    });
  });
}

}  // namespace tutti::launch
