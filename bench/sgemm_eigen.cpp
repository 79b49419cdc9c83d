// Eigen's own product. The library's Eigen may call a BLAS: the linker would take one of the two
// for the other, were they not told apart by their namespace.
#define Eigen EigenAlone
#include "cpu/eigen.h"
#include "sgemm.h"

namespace tutti::bench {
namespace {

template <int order>
using Matrix = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, order>>;

// Calls f with the matrix [rows, columns], or the transpose of what lies there.
template <class F>
void with_matrix(const float* data, std::int64_t rows, std::int64_t columns, bool transposed, F f) {
  if (transposed)
    f(Matrix<Eigen::ColMajor>(data, rows, columns));
  else
    f(Matrix<Eigen::RowMajor>(data, rows, columns));
}

void run(const Product& p, float* out, const float* a, const float* b) {
  using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::Map<Rows> result(out, p.m, p.n);
  with_matrix(a, p.m, p.k, p.a_transposed, [&](const auto& left) {
    with_matrix(b, p.k, p.n, p.b_transposed,
                [&](const auto& right) { result.noalias() = left * right; });
  });
}

}  // namespace

const SgemmLibrary sgemm_eigen{"Eigen", run};

}  // namespace tutti::bench
