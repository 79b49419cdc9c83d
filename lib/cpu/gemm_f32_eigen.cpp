// The f32 product where oneDNN is missing.
#include "gemm_eigen.h"

namespace tutti::cpu {

void gemm(Update update, float* out, std::int64_t out_step, Matrix<float> a, Matrix<float> b,
          std::int64_t m, std::int64_t n, std::int64_t k) {
  gemm_by_eigen(update, out, out_step, a, b, m, n, k);
}

}  // namespace tutti::cpu
