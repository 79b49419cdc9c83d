// Matrix product on one thread: by oneDNN for f32 where it is found, else by Eigen (which may call
// a BLAS).
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

/// out[m, n] = or += a[m, k] b[k, n]. Rows of `out` are dense and out_step elements apart. Operands
/// are packed on the stack by Eigen; much larger ones than matmul passes, on the heap.
void gemm(Update update, float* out, std::int64_t out_step, Matrix<float> a, Matrix<float> b,
          std::int64_t m, std::int64_t n, std::int64_t k);
void gemm(Update update, double* out, std::int64_t out_step, Matrix<double> a, Matrix<double> b,
          std::int64_t m, std::int64_t n, std::int64_t k);

}  // namespace tutti::cpu
