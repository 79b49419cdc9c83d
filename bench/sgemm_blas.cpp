#include "sgemm.h"

// BLAS by its Fortran names, which every one has.
extern "C" void sgemm_(const char* transa, const char* transb, const int* m, const int* n,
                       const int* k, const float* alpha, const float* a, const int* lda,
                       const float* b, const int* ldb, const float* beta, float* c, const int* ldc);
extern "C" void openblas_set_num_threads(int) __attribute__((weak));

namespace tutti::bench {
namespace {

// Of matrices by columns: out^T [n, m] = b^T a^T is what lies there by rows as out = a b.
void run(const Product& p, float* out, const float* a, const float* b) {
  if (openblas_set_num_threads) openblas_set_num_threads(1);
  const int m = static_cast<int>(p.m), n = static_cast<int>(p.n), k = static_cast<int>(p.k);
  const float one = 1, zero = 0;
  sgemm_(p.b_transposed ? "T" : "N", p.a_transposed ? "T" : "N", &n, &m, &k, &one, b,
         p.b_transposed ? &k : &n, a, p.a_transposed ? &m : &k, &zero, out, &n);
}

}  // namespace

const SgemmLibrary sgemm_blas{"BLAS", run};

}  // namespace tutti::bench
