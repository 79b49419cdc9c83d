// The matrix product by Eigen.
#pragma once

#include <mutex>

#include "eigen.h"
#include "gemm.h"

// OpenBLAS, where it is the BLAS that Eigen calls, has threads of its own; ours share out the
// tiles.
extern "C" void openblas_set_num_threads(int) __attribute__((weak));

namespace tutti::cpu {

inline void make_blas_serial() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (openblas_set_num_threads) openblas_set_num_threads(1);
  });
}

template <class T, int order>
auto map(const T* data, std::int64_t rows, std::int64_t columns, std::int64_t step) {
  using Dense = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, order>;
  return Eigen::Map<const Dense, 0, Eigen::OuterStride<>>(data, rows, columns,
                                                          Eigen::OuterStride<>(step));
}

// Calls f with an Eigen map of the matrix, row-major or column-major. The step of an axis with one
// element means nothing, but a BLAS insists that it spans the other axis.
template <class T, class F>
void with_map(Matrix<T> matrix, std::int64_t rows, std::int64_t columns, F f) {
  if (matrix.column_step == 1 && (matrix.row_step >= columns || rows == 1))
    f(map<T, Eigen::RowMajor>(matrix.data, rows, columns, rows == 1 ? columns : matrix.row_step));
  else
    f(map<T, Eigen::ColMajor>(matrix.data, rows, columns,
                              columns == 1 ? rows : matrix.column_step));
}

template <class T>
void gemm_by_eigen(Update update, T* out, std::int64_t out_step, Matrix<T> a, Matrix<T> b,
                   std::int64_t m, std::int64_t n, std::int64_t k) {
  using Rows = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::Map<Rows, 0, Eigen::OuterStride<>> result(out, m, n, Eigen::OuterStride<>(out_step));
  if (update == Update::store) result.setZero();
  if (m == 0 || n == 0 || k == 0) return;
  make_blas_serial();
  with_map(a, m, k, [&](const auto& left) {
    with_map(b, k, n, [&](const auto& right) { result.noalias() += left * right; });
  });
}

}  // namespace tutti::cpu
