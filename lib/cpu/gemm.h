// Matrix product on one thread, by Eigen (which may call a BLAS).
#pragma once

#include <cstdint>

namespace tutti::cpu {

/// A matrix in memory. One of the two steps (in elements) is 1, the other at least the extent of
/// the first one's axis, unless it is the step of an axis with one element.
template <class T>
struct Matrix {
  const T* data;
  std::int64_t row_step, column_step;
};

enum class Update { store, add };

/// out[m, n] = or += a[m, k] b[k, n]. Rows of `out` are dense and out_step elements apart. T is
/// float or double. Operands are packed on the stack; much larger ones than matmul passes, on the
/// heap.
template <class T>
void gemm(Update update, T* out, std::int64_t out_step, Matrix<T> a, Matrix<T> b, std::int64_t m,
          std::int64_t n, std::int64_t k);

}  // namespace tutti::cpu
