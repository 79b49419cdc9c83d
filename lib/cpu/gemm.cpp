#include "gemm_eigen.h"

namespace tutti::cpu {

void gemm(Update update, double* out, std::int64_t out_step, Matrix<double> a, Matrix<double> b,
          std::int64_t m, std::int64_t n, std::int64_t k) {
  gemm_by_eigen(update, out, out_step, a, b, m, n, k);
}

}  // namespace tutti::cpu
